package interop;

import com.helger.base.io.iface.IHasInputStream;
import com.helger.http.header.HttpHeaderMap;
import com.helger.mime.IMimeType;
import com.helger.phase4.incoming.IAS4ResponseAbstraction;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;

/** One HTTP answer, filled by phase4. */
final class Answer implements IAS4ResponseAbstraction {

    private int status = 200;
    private String type;
    private byte[] body = new byte[0];

    static Answer of(int status, String type, byte[] body) {
        Answer answer = new Answer();
        answer.status = status;
        answer.type = type;
        answer.body = body;
        return answer;
    }

    int status() {
        return status;
    }

    String type() {
        return type;
    }

    byte[] body() {
        return body;
    }

    @Override
    public void setContent(byte[] bytes, Charset charset) {
        body = bytes;
    }

    @Override
    public void setContent(HttpHeaderMap headers, IHasInputStream content) {
        try (InputStream in = content.getInputStream()) {
            body = in.readAllBytes();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    @Override
    public void setMimeType(IMimeType mimeType) {
        type = mimeType.getAsString();
    }

    @Override
    public void setStatus(int code) {
        status = code;
    }
}
