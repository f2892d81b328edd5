package interop;

import com.helger.phase4.ebms3header.Ebms3SignalMessage;
import com.helger.phase4.incoming.spi.IAS4IncomingPullRequestProcessorSPI;
import com.helger.phase4.model.EMEPBinding;
import com.helger.phase4.model.pmode.IPMode;

/** Names the P-Mode of every PullRequest; phase4 finds it as a service. */
public final class PullMode implements IAS4IncomingPullRequestProcessorSPI {

    @Override
    public IPMode findPMode(Ebms3SignalMessage message) {
        return Ics2.agreement(EMEPBinding.PULL);
    }
}
