package interop;

import com.helger.collection.commons.CommonsArrayList;
import com.helger.collection.commons.ICommonsList;
import com.helger.http.CHttpHeader;
import com.helger.json.IJsonObject;
import com.helger.json.JsonObject;
import com.helger.phase4.attachment.AS4OutgoingAttachment;
import com.helger.phase4.attachment.WSS4JAttachment;
import com.helger.phase4.crypto.AS4SigningParams;
import com.helger.phase4.ebms3header.Ebms3UserMessage;
import com.helger.phase4.messaging.crypto.AS4Signer;
import com.helger.phase4.messaging.mime.AS4MimeMessage;
import com.helger.phase4.messaging.mime.AS4MimeMessageHelper;
import com.helger.phase4.model.ESoapVersion;
import com.helger.phase4.model.message.AS4UserMessage;
import com.helger.phase4.model.message.MessageHelperMethods;
import com.helger.phase4.util.AS4ResourceHelper;
import com.helger.xsds.xmldsig.ReferenceType;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.w3c.dom.Document;

/** A signed UserMessage as octets, made by phase4 and WSS4J, with the references that a receipt has to repeat. */
record Wire(String contentType, byte[] body, Ebms3UserMessage message, List<ReferenceType> references) {

    private static final ESoapVersion SOAP = ESoapVersion.SOAP_12;

    static Wire build(Letter letter, Seal seal) throws Exception {
        return build(letter, seal, Ics2.signing());
    }

    static Wire build(Letter letter, Seal seal, AS4SigningParams signing) throws Exception {
        try (AS4ResourceHelper resources = new AS4ResourceHelper()) {
            ICommonsList<WSS4JAttachment> parts = new CommonsArrayList<>();
            for (AS4OutgoingAttachment part : letter.parts()) {
                parts.add(WSS4JAttachment.createOutgoingFileAttachment(part, resources));
            }
            AS4UserMessage message = unsigned(letter, parts);
            Document signed = AS4Signer.createSignedMessage(
                seal.crypto(),
                message.getAsSoapDocument(),
                SOAP,
                message.getMessagingID(),
                parts,
                resources,
                true,
                signing);
            AS4MimeMessage mime = AS4MimeMessageHelper.generateMimeMessage(SOAP, signed, parts);
            // The type moves from the MIME message to the HTTP header.
            String type = AS4MimeMessageHelper.getAndRemoveAllHeaders(mime).getFirstHeaderValue(CHttpHeader.CONTENT_TYPE);
            byte[] body = mime.getInputStream().readAllBytes();
            List<ReferenceType> references = MessageHelperMethods.getAllDSigReferences(signed);
            return new Wire(type.replaceAll("\\s*\\r?\\n\\s*", " "), body, message.getEbms3UserMessage(), references);
        }
    }

    /** Return the same with one octet of the last part changed, as it might happen on the way. */
    Wire spoilt() {
        String octets = new String(body, StandardCharsets.ISO_8859_1);
        byte[] changed = body.clone();
        // The last part ends before the line break of the closing delimiter; its last octets are the length in gzip.
        changed[octets.lastIndexOf("\r\n--", octets.length() - 10) - 1] ^= 1;
        return new Wire(contentType, changed, message, references);
    }

    IJsonObject json() {
        return new JsonObject()
            .add("message_id", message.getMessageInfo().getMessageId())
            .add("content_type", contentType)
            .add("body", Base64.getEncoder().encodeToString(body));
    }

    private static AS4UserMessage unsigned(Letter letter, ICommonsList<WSS4JAttachment> parts) {
        return AS4UserMessage.create(
            MessageHelperMethods.createEbms3MessageInfo(letter.messageId(), letter.refTo()),
            MessageHelperMethods.createEbms3PayloadInfo(false, parts),
            MessageHelperMethods.createEbms3CollaborationInfo(
                null,
                letter.agreement(),
                letter.agreementType(),
                letter.serviceType(),
                letter.service(),
                letter.action(),
                letter.conversationId()),
            MessageHelperMethods.createEbms3PartyInfo(
                letter.sender().role(),
                letter.sender().type(),
                letter.sender().id(),
                letter.receiver().role(),
                letter.receiver().type(),
                letter.receiver().id()),
            null,
            letter.mpc(),
            SOAP);
    }
}
