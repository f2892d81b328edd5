package interop;

import com.helger.json.IJson;
import com.helger.json.IJsonObject;
import com.helger.mime.parse.MimeTypeParser;
import com.helger.mime.parse.MimeTypeParserException;
import com.helger.phase4.attachment.AS4OutgoingAttachment;
import com.helger.phase4.attachment.EAS4CompressionMode;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** What a UserMessage shall say, as the tests ask for it in JSON; the first part is the business message. */
record Letter(
    String messageId,
    String refTo,
    String mpc,
    Party sender,
    Party receiver,
    String service,
    String serviceType,
    String action,
    String agreement,
    String agreementType,
    String conversationId,
    List<AS4OutgoingAttachment> parts) {

    record Party(String id, String type, String role) {
        static Party of(IJsonObject json) {
            return new Party(json.getAsString("id"), json.getAsString("type"), json.getAsString("role"));
        }
    }

    static Letter of(IJsonObject json) throws MimeTypeParserException {
        List<AS4OutgoingAttachment> parts = new ArrayList<>();
        for (IJson part : json.getAsArray("parts")) {
            parts.add(part(part.getAsObject()));
        }
        return new Letter(
            json.getAsString("message_id"),
            json.getAsString("ref_to"),
            json.getAsString("mpc"),
            Party.of(json.getAsObject("sender")),
            Party.of(json.getAsObject("receiver")),
            json.getAsString("service"),
            json.getAsString("service_type"),
            json.getAsString("action"),
            json.getAsString("agreement"),
            json.getAsString("agreement_type"),
            json.getAsString("conversation_id"),
            parts);
    }

    private static AS4OutgoingAttachment part(IJsonObject json) throws MimeTypeParserException {
        String charset = json.getAsString("charset");
        return AS4OutgoingAttachment.builder()
            .data(Base64.getDecoder().decode(json.getAsString("data")))
            .contentID(json.getAsString("cid"))
            .mimeType(MimeTypeParser.parseMimeType(json.getAsString("mime_type")))
            .charset(charset == null ? null : Charset.forName(charset))
            .compression(json.getAsBoolean("compress") ? EAS4CompressionMode.GZIP : null)
            .build();
    }
}
