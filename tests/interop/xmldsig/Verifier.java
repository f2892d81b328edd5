import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.spec.AlgorithmParameterSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.xml.XMLConstants;
import javax.xml.crypto.Data;
import javax.xml.crypto.MarshalException;
import javax.xml.crypto.OctetStreamData;
import javax.xml.crypto.XMLCryptoContext;
import javax.xml.crypto.XMLStructure;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.TransformException;
import javax.xml.crypto.dsig.TransformService;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Verifies AS4 messages with nothing but the Java platform: its XML parser, canonicalizer, XML signatures and certificate
 * paths. It shares no line with the product, with phase4 or with WSS4J.
 *
 * <p>Run it from its source. Each argument is a folder with {@code content-type}, {@code body} and {@code anchors.pem}; for
 * each a line says {@code ok}, the signer and the URIs that are signed, or {@code refused} and why, split by tabs.
 */
public final class Verifier {

    private static final String WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-";
    private static final String WSSE = WSS + "wssecurity-secext-1.0.xsd";
    private static final String WSU = WSS + "wssecurity-utility-1.0.xsd";
    private static final String PKI_PATH = WSS + "x509-token-profile-1.0#X509PKIPathv1";
    private static final String SOAP = "http://www.w3.org/2003/05/soap-envelope";
    private static final String EBMS = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/";
    private static final String SWA = "http://docs.oasis-open.org/wss/oasis-wss-SwAProfile-1.1#Attachment-Content-Signature-Transform";

    private Verifier() {}

    public static void main(String[] folders) {
        Security.addProvider(new Attachments());
        for (String folder : folders) {
            System.out.println(judge(Path.of(folder)));
        }
    }

    private static String judge(Path folder) {
        try {
            return verify(folder);
        } catch (Refused reason) {
            return "refused\t" + reason.getMessage();
        } catch (Exception error) {
            String text = String.valueOf(error.getMessage()).replaceAll("\\s+", " ");
            return "refused\t" + error.getClass().getSimpleName() + ": " + text;
        }
    }

    private static String verify(Path folder) throws Exception {
        Message message = Message.read(Files.readString(folder.resolve("content-type")), Files.readAllBytes(folder.resolve("body")));
        Element security = only(message.envelope, WSSE, "Security");
        Element signature = only(security, XMLSignature.XMLNS, "Signature");
        X509Certificate signer = signer(security, signature, Files.readAllBytes(folder.resolve("anchors.pem")));
        List<String> signed = references(message, signature, signer.getPublicKey());
        requireWhole(message, signed);
        return "ok\t" + signer.getSubjectX500Principal().getName() + "\t" + String.join(" ", signed);
    }

    // --- The certificate ---

    private static X509Certificate signer(Element security, Element signature, byte[] anchors) throws Exception {
        Element reference = only(only(signature, WSSE, "SecurityTokenReference"), WSSE, "Reference");
        Element token = only(security, WSSE, "BinarySecurityToken");
        require(reference.getAttribute("URI").equals("#" + token.getAttributeNS(WSU, "Id")), "the key is not the token's");
        require(PKI_PATH.equals(token.getAttribute("ValueType")), "the token is not a path of certificates");
        byte[] path = Base64.getMimeDecoder().decode(token.getTextContent());
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<? extends Certificate> certificates = factory.generateCertPath(new ByteArrayInputStream(path), "PkiPath").getCertificates();
        Set<TrustAnchor> trusted = new HashSet<>();
        Set<Certificate> roots = new HashSet<>(factory.generateCertificates(new ByteArrayInputStream(anchors)));
        roots.forEach(root -> trusted.add(new TrustAnchor((X509Certificate) root, null)));
        // A path may end with the anchor itself, which the validator wants left out.
        CertPath checked = factory.generateCertPath(certificates.stream().filter(item -> !roots.contains(item)).toList());
        PKIXParameters parameters = new PKIXParameters(trusted);
        parameters.setRevocationEnabled(false);
        CertPathValidator.getInstance("PKIX").validate(checked, parameters);
        return (X509Certificate) certificates.get(0);
    }

    // --- The signature ---

    private static List<String> references(Message message, Element signature, PublicKey key) throws Exception {
        DOMValidateContext context = new DOMValidateContext(key, signature);
        identify(message.envelope, context);
        XMLSignatureFactory factory = XMLSignatureFactory.getInstance("DOM", "XMLDSig");
        context.setURIDereferencer((reference, inside) -> {
            String uri = reference.getURI();
            byte[] part = uri.startsWith("cid:") ? message.parts.get(uri.substring(4)) : null;
            return part == null
                ? factory.getURIDereferencer().dereference(reference, inside)
                : new OctetStreamData(new ByteArrayInputStream(part));
        });
        XMLSignature parsed = factory.unmarshalXMLSignature(context);
        require(parsed.getSignatureValue().validate(context), "the signature value is wrong");
        List<String> uris = new ArrayList<>();
        for (Reference reference : parsed.getSignedInfo().getReferences()) {
            require(reference.validate(context), "the digest is wrong of " + reference.getURI());
            uris.add(reference.getURI());
        }
        return uris;
    }

    private static void identify(Element element, DOMValidateContext context) {
        if (element.hasAttributeNS(WSU, "Id")) {
            context.setIdAttributeNS(element, WSU, "Id");
        }
        NodeList children = element.getChildNodes();
        for (int i = 0; i < children.getLength(); i++) {
            if (children.item(i) instanceof Element child) {
                identify(child, context);
            }
        }
    }

    /** Refuse what leaves out the header, the body or a part. */
    private static void requireWhole(Message message, List<String> signed) throws Refused {
        Set<String> needed = message.parts.keySet().stream().map(cid -> "cid:" + cid).collect(Collectors.toSet());
        needed.add("#" + only(message.envelope, EBMS, "Messaging").getAttributeNS(WSU, "Id"));
        needed.add("#" + only(message.envelope, SOAP, "Body").getAttributeNS(WSU, "Id"));
        require(needed.equals(new HashSet<>(signed)) && signed.size() == needed.size(), "something is not signed, or more than is there");
    }

    private static Element only(Element above, String namespace, String name) throws Refused {
        NodeList found = above.getElementsByTagNameNS(namespace, name);
        require(found.getLength() == 1, found.getLength() + " elements " + name);
        return (Element) found.item(0);
    }

    private static void require(boolean holds, String otherwise) throws Refused {
        if (!holds) {
            throw new Refused(otherwise);
        }
    }

    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String reason) {
            super(reason);
        }
    }

    // --- MIME ---

    /** An envelope and its other parts by Content-ID, whether they came as a multipart or as SOAP alone. */
    private record Message(Element envelope, Map<String, byte[]> parts) {

        private static final Pattern BOUNDARY = Pattern.compile("boundary=\"?([^\";]+)\"?");
        private static final Pattern CONTENT_ID = Pattern.compile("(?im)^Content-ID:\\s*<([^>]*)>");

        static Message read(String contentType, byte[] body) throws Exception {
            Matcher boundary = BOUNDARY.matcher(contentType);
            if (!contentType.startsWith("multipart/related") || !boundary.find()) {
                return new Message(parse(body), Map.of());
            }
            Element envelope = null;
            Map<String, byte[]> parts = new LinkedHashMap<>();
            // Latin-1 keeps each octet as one character.
            String text = "\r\n" + new String(body, StandardCharsets.ISO_8859_1);
            for (String piece : pieces(text, "\r\n--" + boundary.group(1))) {
                int end = piece.indexOf("\r\n\r\n");
                byte[] content = piece.substring(end + 4).getBytes(StandardCharsets.ISO_8859_1);
                Matcher id = CONTENT_ID.matcher(piece.substring(0, end));
                if (envelope == null) {
                    envelope = parse(content);
                } else if (id.find()) {
                    parts.put(id.group(1), content);
                }
            }
            return new Message(envelope, parts);
        }

        private static List<String> pieces(String text, String delimiter) {
            String[] split = text.split(Pattern.quote(delimiter));
            return Arrays.asList(split).subList(1, split.length - 1);
        }

        private static Element parse(byte[] xml) throws Exception {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
            factory.setNamespaceAware(true);
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            Document document = factory.newDocumentBuilder().parse(new ByteArrayInputStream(xml));
            return document.getDocumentElement();
        }
    }

    // --- The transform of attachments ---

    /** Makes the transform known to the platform, which has none for attachments. */
    public static final class Attachments extends Provider {
        private static final long serialVersionUID = 1;

        public Attachments() {
            super("Attachments", "1", "SOAP messages with attachments");
            put("TransformService." + SWA, AttachmentContent.class.getName());
            put("TransformService." + SWA + " MechanismType", "DOM");
        }
    }

    /** Leaves the octets of a part as they are: none of ours is sent as text, where more would have to be done. */
    public static final class AttachmentContent extends TransformService {

        public AttachmentContent() {}

        @Override
        public void init(TransformParameterSpec parameters) {}

        @Override
        public void init(XMLStructure parent, XMLCryptoContext context) {}

        @Override
        public void marshalParams(XMLStructure parent, XMLCryptoContext context) throws MarshalException {}

        @Override
        public AlgorithmParameterSpec getParameterSpec() {
            return null;
        }

        @Override
        public boolean isFeatureSupported(String feature) {
            return false;
        }

        @Override
        public Data transform(Data data, XMLCryptoContext context) {
            return data;
        }

        @Override
        public Data transform(Data data, XMLCryptoContext context, OutputStream stream) throws TransformException {
            try {
                ((OctetStreamData) data).getOctetStream().transferTo(stream);
                return null;
            } catch (IOException error) {
                throw new TransformException(error);
            }
        }
    }
}
