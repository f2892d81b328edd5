package interop;

import com.helger.collection.commons.CommonsArrayList;
import com.helger.collection.commons.ICommonsList;
import com.helger.http.CHttpHeader;
import com.helger.http.header.HttpHeaderMap;
import com.helger.json.IJsonObject;
import com.helger.json.JsonObject;
import com.helger.phase4.attachment.IAS4IncomingAttachmentFactory;
import com.helger.phase4.attachment.WSS4JAttachment;
import com.helger.phase4.ebms3header.Ebms3SignalMessage;
import com.helger.phase4.ebms3header.Ebms3UserMessage;
import com.helger.phase4.ebms3header.NonRepudiationInformation;
import com.helger.phase4.error.AS4ErrorList;
import com.helger.phase4.incoming.AS4IncomingHandler;
import com.helger.phase4.incoming.AS4IncomingMessageMetadata;
import com.helger.phase4.incoming.AS4IncomingReceiverConfiguration;
import com.helger.phase4.incoming.AS4RequestHandler;
import com.helger.phase4.incoming.IAS4IncomingMessageMetadata;
import com.helger.phase4.incoming.IAS4IncomingMessageState;
import com.helger.phase4.incoming.spi.AS4MessageProcessorResult;
import com.helger.phase4.incoming.spi.AS4SignalMessageProcessorResult;
import com.helger.phase4.incoming.spi.IAS4IncomingMessageProcessorSPI;
import com.helger.phase4.model.EMEPBinding;
import com.helger.phase4.model.error.EEbmsError;
import com.helger.phase4.model.pmode.IPMode;
import com.helger.phase4.sender.ValidatingAS4SignalMsgConsumer;
import com.helger.phase4.util.AS4ResourceHelper;
import com.helger.phase4.util.Phase4Exception;
import com.helger.xsds.xmldsig.ReferenceType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import org.apache.hc.core5.http.message.BasicHttpResponse;
import org.w3c.dom.Node;

/**
 * An access point: takes pushed messages and answers with receipts; holds messages to be pulled and takes
 * what comes back for them.
 *
 * <p>phase4 does all of it except two things which its server does not do by itself (4.4.1): a pulled message goes out
 * signed and with its parts (phase4 would send the bare header), and a signed receipt or error that comes as a request is
 * read by phase4's reader of signals, since its request handler finds no P-Mode for one.
 */
final class Station {

    private final Inbox inbox;
    private final Map<String, Queue<Wire>> waiting = new HashMap<>();
    private final Map<String, Wire> offered = new HashMap<>();

    Station(Inbox inbox) {
        this.inbox = inbox;
    }

    /** Hold a message on its channel until it is pulled. */
    synchronized void hold(String mpc, Wire wire) {
        waiting.computeIfAbsent(mpc, key -> new ArrayDeque<>()).add(wire);
    }

    private synchronized Wire next(String mpc) {
        Queue<Wire> queue = waiting.get(mpc);
        Wire wire = queue == null ? null : queue.poll();
        if (wire != null) {
            offered.put(wire.message().getMessageInfo().getMessageId(), wire);
        }
        return wire;
    }

    private synchronized Wire offered(String messageId) {
        return offered.get(messageId);
    }

    /** Answer one POST as an access point of ICS2. */
    Answer answer(Seal seal, String contentType, byte[] body) throws Exception {
        if (isReport(body)) {
            return takeReport(seal, contentType, body);
        }
        Visit visit = new Visit();
        Answer answer = handle(seal, contentType, body, visit);
        return visit.pulled == null ? answer : Answer.of(200, visit.pulled.contentType(), visit.pulled.body());
    }

    /** Answer one POST as phase4's request handler does it alone. */
    Answer bareAnswer(Seal seal, String contentType, byte[] body) throws Exception {
        return handle(seal, contentType, body, new Visit());
    }

    private Answer handle(Seal seal, String contentType, byte[] body, Visit visit) throws Exception {
        HttpHeaderMap headers = new HttpHeaderMap();
        headers.setHeader(CHttpHeader.CONTENT_TYPE, contentType);
        Answer answer = new Answer();
        try (AS4RequestHandler handler = new AS4RequestHandler(AS4IncomingMessageMetadata.createForRequest())) {
            handler.setCryptoFactory(seal.crypto());
            handler.setPModeResolver(Ics2.resolver());
            handler.setIncomingProfileSelector(Ics2.profile());
            handler.setIncomingAttachmentFactory(IAS4IncomingAttachmentFactory.DEFAULT_INSTANCE);
            handler.setIncomingSecurityConfiguration(Ics2.security());
            handler.setIncomingReceiverConfiguration(new AS4IncomingReceiverConfiguration());
            handler.setProcessorSupplier(() -> new CommonsArrayList<>(visit));
            handler.handleRequest(new ByteArrayInputStream(body), headers, answer);
        } catch (Phase4Exception error) {
            return Answer.of(400, "text/plain", String.valueOf(error.getMessage()).getBytes(StandardCharsets.UTF_8));
        }
        return answer;
    }

    /** Say whether a request is a receipt or an error: a signal, and not one that asks for something. */
    private static boolean isReport(byte[] body) {
        String text = new String(body, StandardCharsets.UTF_8);
        return text.contains("SignalMessage>") && !text.contains("PullRequest");
    }

    private Answer takeReport(Seal seal, String contentType, byte[] body) {
        IJsonObject item = new JsonObject();
        BasicHttpResponse envelope = new BasicHttpResponse(200);
        envelope.setHeader(CHttpHeader.CONTENT_TYPE, contentType);
        boolean isRead = true;
        try (AS4ResourceHelper resources = new AS4ResourceHelper()) {
            AS4IncomingHandler.parseSignalMessage(
                seal.crypto(),
                seal.crypto(),
                Ics2.resolver(),
                IAS4IncomingAttachmentFactory.DEFAULT_INSTANCE,
                Ics2.profile(),
                resources,
                Ics2.agreement(EMEPBinding.PUSH),
                Locale.US,
                AS4IncomingMessageMetadata.createForRequest(),
                envelope,
                body,
                null,
                Ics2.security(),
                new AS4IncomingReceiverConfiguration(),
                (signal, metadata, state) -> note(signal, state, item));
        } catch (Phase4Exception error) {
            Throwable cause = error.getCause() == null ? error : error.getCause();
            item.add("kind", "unreadable").add("problem", String.valueOf(cause.getMessage()));
            isRead = false;
        }
        inbox.add(item);
        return Answer.of(isRead ? 202 : 400, null, new byte[0]);
    }

    private void note(Ebms3SignalMessage signal, IAS4IncomingMessageState state, IJsonObject item) {
        String refTo = signal.getMessageInfo().getRefToMessageId();
        item.add("kind", signal.getReceipt() == null ? "error" : "receipt");
        item.add("ref_to", refTo).add("signer", Inbox.signer(state)).add("errors", Inbox.errors(signal.getError()));
        item.add("matches", signal.getReceipt() != null && matches(signal, offered(refTo)));
    }

    /** Say whether a receipt repeats the references of the message that was pulled: all of them and no others. */
    private static boolean matches(Ebms3SignalMessage signal, Wire sent) {
        if (sent == null) {
            return false;
        }
        for (Object any : signal.getReceipt().getAny()) {
            if (any instanceof NonRepudiationInformation proof) {
                List<ReferenceType> copies = proof.getMessagePartNRInformation().stream().map(part -> part.getReference()).toList();
                return copies.size() == sent.references().size()
                    && sent.references().stream().allMatch(reference -> copies.stream().anyMatch(
                        copy -> ValidatingAS4SignalMsgConsumer.areSemanticallyEquivalent(copy, reference)));
            }
        }
        return false;
    }

    /** What is done with one message that phase4 has verified. */
    private final class Visit implements IAS4IncomingMessageProcessorSPI {

        private Wire pulled;

        @Override
        public AS4MessageProcessorResult processAS4UserMessage(
                IAS4IncomingMessageMetadata metadata,
                HttpHeaderMap headers,
                Ebms3UserMessage message,
                IPMode mode,
                Node payload,
                ICommonsList<WSS4JAttachment> parts,
                IAS4IncomingMessageState state,
                AS4ErrorList errors) {
            if (Inbox.signer(state) == null) {
                refuse(errors, state, "the message is not signed");
                return AS4MessageProcessorResult.createFailure();
            }
            try {
                inbox.add(Inbox.describe(message, parts, state));
            } catch (IOException error) {
                refuse(errors, state, "a part cannot be read");
                return AS4MessageProcessorResult.createFailure();
            }
            return AS4MessageProcessorResult.createSuccess();
        }

        @Override
        public AS4SignalMessageProcessorResult processAS4SignalMessage(
                IAS4IncomingMessageMetadata metadata,
                HttpHeaderMap headers,
                Ebms3SignalMessage message,
                IPMode mode,
                IAS4IncomingMessageState state,
                AS4ErrorList errors) {
            if (message.getPullRequest() == null) {
                return AS4SignalMessageProcessorResult.createSuccess();
            }
            if (Inbox.signer(state) == null) {
                refuse(errors, state, "the pull is not signed");
                return AS4SignalMessageProcessorResult.createFailure();
            }
            String mpc = message.getPullRequest().getMpc();
            inbox.add(new JsonObject().add("kind", "pull").add("mpc", mpc).add("signer", Inbox.signer(state)));
            pulled = next(mpc);
            // Without a message phase4 answers that the channel is empty.
            return AS4SignalMessageProcessorResult.createSuccess(null, null, pulled == null ? null : pulled.message());
        }

        @Override
        public void processAS4ResponseMessage(
                IAS4IncomingMessageMetadata metadata,
                IAS4IncomingMessageState state,
                String messageId,
                byte[] bytes,
                boolean isAvailable,
                AS4ErrorList errors) {
            // The answer goes out as it is.
        }

        private void refuse(AS4ErrorList errors, IAS4IncomingMessageState state, String detail) {
            errors.add(
                EEbmsError.EBMS_POLICY_NONCOMPLIANCE
                    .errorBuilder(Locale.US)
                    .refToMessageInError(state.getMessageID())
                    .errorDetail(detail)
                    .build());
        }
    }
}
