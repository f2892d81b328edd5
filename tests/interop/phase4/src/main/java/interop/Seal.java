package interop;

import com.helger.phase4.crypto.AS4CryptoFactoryInMemoryKeyStore;
import com.helger.phase4.crypto.IAS4CryptoFactory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;

/** Who signs, and whom it believes: one key with its chain, and the authorities of the other side. */
record Seal(IAS4CryptoFactory crypto) {

    /** Read {@code <name>.p12} and {@code <name>.anchors.pem}; the tests make both for each run. */
    static Seal load(Path folder, String name, char[] password) throws GeneralSecurityException, IOException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(folder.resolve(name + ".p12"))) {
            keys.load(in, password);
        }
        KeyStore anchors = KeyStore.getInstance("PKCS12");
        anchors.load(null, null);
        try (InputStream in = Files.newInputStream(folder.resolve(name + ".anchors.pem"))) {
            for (Certificate anchor : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                anchors.setCertificateEntry("anchor " + anchors.size(), anchor);
            }
        }
        String alias = keys.aliases().nextElement();
        return new Seal(new AS4CryptoFactoryInMemoryKeyStore(keys, alias, password, anchors));
    }
}
