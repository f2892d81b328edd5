package interop;

import com.helger.httpclient.HttpClientSettings;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.apache.hc.core5.util.Timeout;

/** TLS on both sides: the certificates the peer can show, and the authorities it lets in and believes. */
record Tls(Path folder, char[] password) {

    /** A busy machine may take long over the first message. */
    private static final Timeout PATIENCE = Timeout.ofSeconds(60);

    /** Serve only to whoever shows a certificate of the authorities. */
    HttpsConfigurator server() throws Exception {
        return new HttpsConfigurator(context("server")) {
            @Override
            public void configure(HttpsParameters handshake) {
                SSLParameters wanted = getSSLContext().getDefaultSSLParameters();
                wanted.setNeedClientAuth(true);
                handshake.setSSLParameters(wanted);
            }
        };
    }

    /** How phase4 opens connections: showing the certificate named, or none. */
    HttpClientSettings client(String shows) throws Exception {
        HttpClientSettings settings = new HttpClientSettings();
        settings.setResponseTimeout(PATIENCE);
        return shows == null ? settings : settings.setSSLContext(context(shows));
    }

    private SSLContext context(String shows) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(shows.equals("nothing") ? empty() : load("tls-" + shows + ".p12"), password);
        TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(anchors());
        SSLContext made = SSLContext.getInstance("TLS");
        made.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
        return made;
    }

    private KeyStore load(String name) throws Exception {
        KeyStore found = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(folder.resolve(name))) {
            found.load(in, password);
        }
        return found;
    }

    private KeyStore anchors() throws Exception {
        KeyStore found = empty();
        try (InputStream in = Files.newInputStream(folder.resolve("tls.anchors.pem"))) {
            for (Certificate anchor : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                found.setCertificateEntry("anchor " + found.size(), anchor);
            }
        }
        return found;
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore made = KeyStore.getInstance("PKCS12");
        made.load(null, null);
        return made;
    }
}
