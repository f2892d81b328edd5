package interop;

import com.helger.base.state.ETriState;
import com.helger.phase4.CAS4;
import com.helger.phase4.attachment.EAS4CompressionMode;
import com.helger.phase4.crypto.AS4SigningParams;
import com.helger.phase4.crypto.ECryptoAlgorithmC14N;
import com.helger.phase4.crypto.ECryptoAlgorithmSign;
import com.helger.phase4.crypto.ECryptoAlgorithmSignDigest;
import com.helger.phase4.crypto.ECryptoKeyIdentifierType;
import com.helger.phase4.incoming.AS4IncomingProfileSelectorConstant;
import com.helger.phase4.incoming.IAS4IncomingProfileSelector;
import com.helger.phase4.incoming.crypto.AS4IncomingSecurityConfiguration;
import com.helger.phase4.incoming.crypto.IAS4IncomingSecurityConfiguration;
import com.helger.phase4.mgr.MetaAS4Manager;
import com.helger.phase4.model.EMEP;
import com.helger.phase4.model.EMEPBinding;
import com.helger.phase4.model.mpc.MPC;
import com.helger.phase4.model.pmode.PMode;
import com.helger.phase4.model.pmode.PModeParty;
import com.helger.phase4.model.pmode.PModePayloadService;
import com.helger.phase4.model.pmode.PModeReceptionAwareness;
import com.helger.phase4.model.pmode.leg.EPModeSendReceiptReplyPattern;
import com.helger.phase4.model.pmode.leg.PModeLeg;
import com.helger.phase4.model.pmode.leg.PModeLegBusinessInformation;
import com.helger.phase4.model.pmode.leg.PModeLegErrorHandling;
import com.helger.phase4.model.pmode.leg.PModeLegProtocol;
import com.helger.phase4.model.pmode.leg.PModeLegSecurity;
import com.helger.phase4.model.pmode.resolve.IAS4PModeResolver;
import com.helger.phase4.wss.EWSSVersion;

/** The ICS2 exchange in phase4's own terms (interface document 4.1.1.3 and annex 2). */
final class Ics2 {

    private Ics2() {}

    /** One way, signed with RSA-SHA256, receipts in the response, gzip, nothing encrypted. */
    static PMode agreement(EMEPBinding binding) {
        return agreement(binding, null, null);
    }

    private static PMode agreement(EMEPBinding binding, String service, String action) {
        // A message of customs names the one it answers, and phase4 then reads the second leg: both are the same.
        return new PMode(
            "ics2-" + binding.getID(),
            new PModeParty(null, "trader", "Trader", null, null),
            new PModeParty(null, "customs", "Customs", null, null),
            "EU-ICS2-TI-V2.0",
            EMEP.ONE_WAY,
            binding,
            leg(service, action),
            leg(service, action),
            new PModePayloadService(EAS4CompressionMode.GZIP),
            new PModeReceptionAwareness(ETriState.TRUE, ETriState.FALSE, 0, 10_000, ETriState.TRUE));
    }

    /**
     * The same agreement for every message that comes in: who may say what is not what these tests are about.
     *
     * <p>phase4 knows the connectivity test by the service and action of the P-Mode.
     */
    static IAS4PModeResolver resolver() {
        return (id, service, action, initiator, responder, agreement, address) -> agreement(EMEPBinding.PUSH, service, action);
    }

    /** No profile validates: the one for ICS2 checks the P-Mode above, which is constant. */
    static IAS4IncomingProfileSelector profile() {
        return new AS4IncomingProfileSelectorConstant(null, false);
    }

    /** How everything is signed: a token with the whole path of certificates. */
    static AS4SigningParams signing() {
        return new AS4SigningParams()
            .setKeyIdentifierType(ECryptoKeyIdentifierType.BST_DIRECT_REFERENCE)
            .setAlgorithmSign(ECryptoAlgorithmSign.RSA_SHA_256)
            .setAlgorithmSignDigest(ECryptoAlgorithmSignDigest.DIGEST_SHA_256)
            .setAlgorithmC14N(ECryptoAlgorithmC14N.C14N_EXCL_OMIT_COMMENTS)
            .setUseSingleCertificate(false);
    }

    static IAS4IncomingSecurityConfiguration security() {
        return new AS4IncomingSecurityConfiguration().setSigningParams(signing());
    }

    /** Make a channel known; phase4 refuses messages and pulls on others. */
    static void know(String mpc) {
        if (mpc != null && !MetaAS4Manager.getMPCMgr().containsWithID(mpc)) {
            MetaAS4Manager.getMPCMgr().createMPC(new MPC(mpc));
        }
    }

    private static PModeLeg leg(String service, String action) {
        PModeLegSecurity security = new PModeLegSecurity();
        security.setWSSVersion(EWSSVersion.WSS_111);
        security.setX509SignatureAlgorithm(ECryptoAlgorithmSign.RSA_SHA_256);
        security.setX509SignatureHashFunction(ECryptoAlgorithmSignDigest.DIGEST_SHA_256);
        security.setPModeAuthorize(false);
        security.setSendReceipt(true);
        security.setSendReceiptNonRepudiation(true);
        security.setSendReceiptReplyPattern(EPModeSendReceiptReplyPattern.RESPONSE);
        return new PModeLeg(
            PModeLegProtocol.createForDefaultSoapVersion(null),
            new PModeLegBusinessInformation(service, null, action, null, null, null, CAS4.DEFAULT_MPC_ID),
            new PModeLegErrorHandling(null, null, ETriState.TRUE, ETriState.TRUE, ETriState.TRUE, ETriState.TRUE),
            null,
            security);
    }
}
