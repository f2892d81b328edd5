package interop;

import com.helger.collection.commons.ICommonsList;
import com.helger.json.IJsonObject;
import com.helger.json.JsonArray;
import com.helger.json.JsonObject;
import com.helger.phase4.attachment.WSS4JAttachment;
import com.helger.phase4.ebms3header.Ebms3CollaborationInfo;
import com.helger.phase4.ebms3header.Ebms3Error;
import com.helger.phase4.ebms3header.Ebms3PartyInfo;
import com.helger.phase4.ebms3header.Ebms3UserMessage;
import com.helger.phase4.incoming.IAS4IncomingMessageState;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** What phase4 understood of what it got, in words the tests can compare. */
final class Inbox {

    private final List<IJsonObject> seen = new ArrayList<>();

    synchronized void add(IJsonObject item) {
        seen.add(item);
    }

    synchronized JsonArray json() {
        JsonArray array = new JsonArray();
        seen.forEach(array::add);
        return array;
    }

    /** Describe a UserMessage; the parts are what is left after phase4 verified and unpacked them. */
    static IJsonObject describe(Ebms3UserMessage message, ICommonsList<WSS4JAttachment> parts, IAS4IncomingMessageState state)
            throws IOException {
        Ebms3PartyInfo parties = message.getPartyInfo();
        Ebms3CollaborationInfo about = message.getCollaborationInfo();
        JsonArray contents = new JsonArray();
        if (parts != null) {
            for (WSS4JAttachment part : parts) {
                contents.add(content(part));
            }
        }
        return new JsonObject()
            .add("kind", "message")
            .add("message_id", message.getMessageInfo().getMessageId())
            .add("ref_to", message.getMessageInfo().getRefToMessageId())
            .add("mpc", message.getMpc())
            .add("sender", parties.getFrom().getPartyIdAtIndex(0).getValue())
            .add("sender_role", parties.getFrom().getRole())
            .add("receiver", parties.getTo().getPartyIdAtIndex(0).getValue())
            .add("service", about.getService().getValue())
            .add("service_type", about.getService().getType())
            .add("action", about.getAction())
            .add("agreement", about.getAgreementRef().getValue())
            .add("agreement_type", about.getAgreementRef().getType())
            .add("conversation_id", about.getConversationId())
            .add("signer", signer(state))
            .add("parts", contents);
    }

    /** Return the subject of the certificate that WSS4J verified; null if there was no signature. */
    static String signer(IAS4IncomingMessageState state) {
        boolean signed = state.isSoapSignatureChecked() && state.hasSigningCertificate();
        return signed ? state.getSigningCertificate().getSubjectX500Principal().getName() : null;
    }

    static JsonArray errors(List<Ebms3Error> errors) {
        JsonArray array = new JsonArray();
        for (Ebms3Error error : errors) {
            array.add(
                new JsonObject()
                    .add("code", error.getErrorCode())
                    .add("severity", error.getSeverity())
                    .add("ref_to", error.getRefToMessageInError())
                    .add("detail", error.getErrorDetail()));
        }
        return array;
    }

    private static IJsonObject content(WSS4JAttachment part) throws IOException {
        try (InputStream in = part.getSourceStream()) {
            return new JsonObject()
                .add("cid", part.getId())
                .add("mime_type", part.getMimeType())
                .add("data", Base64.getEncoder().encodeToString(in.readAllBytes()));
        }
    }
}
