package interop;

import com.helger.httpclient.HttpClientSettings;
import com.helger.json.IJsonObject;
import com.helger.json.JsonArray;
import com.helger.json.JsonObject;
import com.helger.phase4.attachment.AS4OutgoingAttachment;
import com.helger.phase4.client.AS4ClientReceiptMessage;
import com.helger.phase4.client.AS4ClientSentMessage;
import com.helger.phase4.crypto.IAS4CryptoFactory;
import com.helger.phase4.ebms3header.Ebms3SignalMessage;
import com.helger.phase4.ebms3header.Ebms3UserMessage;
import com.helger.phase4.incoming.IAS4IncomingMessageState;
import com.helger.phase4.messaging.http.GenericAS4HttpResponseHandler;
import com.helger.phase4.messaging.http.HttpRetrySettings;
import com.helger.phase4.model.EMEPBinding;
import com.helger.phase4.sender.AS4Sender;
import com.helger.phase4.sender.AbstractAS4MessageBuilder;
import com.helger.phase4.sender.EAS4UserMessageSendResult;
import com.helger.phase4.sender.IAS4SignalMessageValidationResultHandler;
import com.helger.phase4.util.AS4ResourceHelper;
import com.helger.phase4.util.Phase4Exception;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import org.w3c.dom.Document;

/** The sending side of phase4: pushes messages and pulls them, and says how phase4 took the answers. */
final class Trader {

    private Trader() {}

    /** Push a message and let phase4 verify the receipt and compare it with what it signed. */
    static IJsonObject push(Letter letter, Seal seal, String url, HttpClientSettings settings) {
        IJsonObject report = new JsonObject().add("receipt", "none").add("errors", new JsonArray());
        AS4Sender.BuilderUserMessage builder = AS4Sender.builderUserMessage()
            .pmode(Ics2.agreement(EMEPBinding.PUSH))
            .endpointURL(url)
            .messageID(letter.messageId())
            .refToMessageID(letter.refTo())
            .fromPartyIDType(letter.sender().type())
            .fromPartyID(letter.sender().id())
            .fromRole(letter.sender().role())
            .toPartyIDType(letter.receiver().type())
            .toPartyID(letter.receiver().id())
            .toRole(letter.receiver().role())
            .service(letter.serviceType(), letter.service())
            .action(letter.action())
            .agreementRef(letter.agreement())
            .agreementType(letter.agreementType())
            .conversationID(letter.conversationId())
            // A connectivity test has no part and is a MIME message all the same.
            .forceMimeMessage(true)
            .signalMsgConsumer((signal, metadata, state) -> understand(signal, state, report))
            .signalMsgValidationResultHdl(new ReceiptCheck(report))
            .rawResponseConsumer(sent -> note(sent, report));
        Iterator<AS4OutgoingAttachment> parts = letter.parts().iterator();
        if (parts.hasNext()) {
            builder.payload(parts.next());
        }
        parts.forEachRemaining(builder::addAttachment);
        EAS4UserMessageSendResult result = common(builder, seal)
            .httpClientFactory(settings)
            .sendMessageAndCheckForReceipt(error -> problem(error, report));
        return report.add("result", result.getID());
    }

    /** Pull once; a message that phase4 accepts is receipted in a request of its own, as ICS2 wants. */
    static IJsonObject pull(String mpc, Seal seal, String url) {
        Ics2.know(mpc);
        IJsonObject report = new JsonObject().add("errors", new JsonArray());
        AS4Sender.BuilderPullRequest builder = AS4Sender.builderPullRequest()
            .pmode(Ics2.agreement(EMEPBinding.PULL))
            .endpointURL(url)
            .mpc(mpc)
            .userMsgConsumer((message, metadata, state) -> {
                try {
                    report.add("message", Inbox.describe(message, state.getDecryptedAttachments(), state));
                    report.add("acknowledged", acknowledge(message, state, seal, url));
                } catch (IOException error) {
                    throw new UncheckedIOException(error);
                }
            })
            .signalMsgConsumer((signal, metadata, state) -> understand(signal, state, report))
            .rawResponseConsumer(sent -> note(sent, report));
        try {
            common(builder, seal).sendMessage();
        } catch (Phase4Exception error) {
            problem(error, report);
        }
        return report;
    }

    private static <B extends AbstractAS4MessageBuilder<B>> B common(B builder, Seal seal) {
        IAS4CryptoFactory crypto = seal.crypto();
        Ics2.signing().cloneTo(builder.signingParams());
        return builder
            .httpClientFactory(new HttpClientSettings())
            .httpRetrySettings(new HttpRetrySettings().setMaxRetries(0))
            .cryptoFactory(crypto)
            // It must have a name; with the two below it is not looked up.
            .as4ProfileID("ics2")
            .pmodeResolver(Ics2.resolver())
            .incomingProfileSelector(Ics2.profile());
    }

    private static int acknowledge(Ebms3UserMessage message, IAS4IncomingMessageState state, Seal seal, String url) {
        Document original = state.getEffectiveDecryptedSoapDocument();
        try (AS4ResourceHelper resources = new AS4ResourceHelper()) {
            AS4ClientReceiptMessage receipt = new AS4ClientReceiptMessage(resources);
            receipt.setRefToMessageID(message.getMessageInfo().getMessageId());
            receipt.setNonRepudiation(true);
            receipt.setSoapDocument(original);
            receipt.setEbms3UserMessage(message);
            receipt.setReceiptShouldBeSigned(true);
            receipt.setCryptoFactory(seal.crypto());
            Ics2.signing().cloneTo(receipt.signingParams());
            receipt.httpRetrySettings().setMaxRetries(0);
            return receipt
                .sendMessageWithRetries(url, GenericAS4HttpResponseHandler.getHandlerByteArray(), null, null, null)
                .getResponseStatusLine()
                .getStatusCode();
        } catch (Exception error) {
            throw new IllegalStateException("the receipt could not be sent", error);
        }
    }

    private static void understand(Ebms3SignalMessage signal, IAS4IncomingMessageState state, IJsonObject report) {
        report.add("signer", Inbox.signer(state));
        report.add("ref_to", signal.getMessageInfo().getRefToMessageId());
        report.add("errors", Inbox.errors(signal.getError()));
    }

    private static void note(AS4ClientSentMessage<byte[]> sent, IJsonObject report) {
        report.add("message_id", sent.getMessageID());
        report.add("status", sent.getResponseStatusLine().getStatusCode());
    }

    private static void problem(Phase4Exception error, IJsonObject report) {
        Throwable cause = error.getCause() == null ? error : error.getCause();
        report.add("problem", String.valueOf(cause.getMessage()));
    }

    /** phase4's own comparison of the receipt with the references it signed. */
    private record ReceiptCheck(IJsonObject report) implements IAS4SignalMessageValidationResultHandler {

        @Override
        public void onSuccess() {
            report.add("receipt", "matches");
        }

        @Override
        public void onError(String message) {
            report.add("receipt", message);
        }

        @Override
        public void onNotApplicable() {
            report.add("receipt", "none");
        }
    }
}
