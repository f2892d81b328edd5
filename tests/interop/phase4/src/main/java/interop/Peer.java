package interop;

import com.helger.json.IJson;
import com.helger.json.IJsonObject;
import com.helger.json.JsonObject;
import com.helger.json.serialize.JsonReader;
import com.helger.phase4.crypto.AS4SigningParams;
import com.helger.scope.mgr.ScopeManager;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The process the tests talk to.
 *
 * <p>{@code /as4/<seal>} is an access point that signs with that seal, {@code /bare/<seal>} the same with nothing of ours
 * around phase4's request handler. {@code /control/<deed>} takes JSON and answers with JSON. The access points are also on a
 * port of their own by TLS with a client certificate. The argument is the folder with the seals; their password is the first line of the standard input, and when the
 * input ends the process ends, so that it never outlives the tests.
 */
public final class Peer {

    private final Map<String, Seal> seals = new HashMap<>();
    private final Inbox inbox = new Inbox();
    private final Station station = new Station(inbox);
    private final Tls tls;

    private Peer(Path folder, char[] password, String... names) throws Exception {
        tls = new Tls(folder, password);
        for (String name : names) {
            seals.put(name, Seal.load(folder, name, password));
        }
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        char[] password = input.readLine().toCharArray();
        ScopeManager.onGlobalBegin("interop");
        Peer peer = new Peer(Path.of(arguments[0]), password, "customs", "trader", "stranger");
        ExecutorService threads = Executors.newFixedThreadPool(4);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/as4/", http -> peer.exchange(http, peer.station::answer));
        server.createContext("/bare/", http -> peer.exchange(http, peer.station::bareAnswer));
        server.createContext("/control/", peer::control);
        server.start();
        HttpsServer secured = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        secured.setHttpsConfigurator(peer.tls.server());
        secured.setExecutor(threads);
        secured.createContext("/as4/", http -> peer.exchange(http, peer.station::answer));
        secured.start();
        System.out.println("ready " + server.getAddress().getPort() + " " + secured.getAddress().getPort());
        while (input.readLine() != null) {
            // Nothing is said here; the end is what counts.
        }
        server.stop(0);
        secured.stop(0);
        threads.shutdownNow();
        ScopeManager.onGlobalEnd();
    }

    /** One way to answer a POST. */
    private interface AccessPoint {
        Answer answer(Seal seal, String contentType, byte[] body) throws Exception;
    }

    private void exchange(HttpExchange http, AccessPoint point) throws IOException {
        byte[] body = http.getRequestBody().readAllBytes();
        try {
            Seal seal = seals.get(last(http));
            reply(http, point.answer(seal, http.getRequestHeaders().getFirst("Content-Type"), body));
        } catch (Exception error) {
            reply(http, failure(error));
        }
    }

    private void control(HttpExchange http) throws IOException {
        String text = new String(http.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        try {
            IJson result = deed(last(http), text.isEmpty() ? new JsonObject() : JsonReader.readFromString(text).getAsObject());
            byte[] json = result.getAsJsonString().getBytes(StandardCharsets.UTF_8);
            reply(http, Answer.of(200, "application/json; charset=utf-8", json));
        } catch (Exception error) {
            reply(http, failure(error));
        }
    }

    private IJson deed(String name, IJsonObject order) throws Exception {
        Seal seal = seals.get(order.getAsString("seal"));
        switch (name) {
            case "inbox":
                return inbox.json();
            case "channel":
                Ics2.know(order.getAsString("mpc"));
                return new JsonObject();
            case "build":
                AS4SigningParams signing = Ics2.signing().setUseSingleCertificate(order.getAsBoolean("single"));
                return Wire.build(Letter.of(order.getAsObject("letter")), seal, signing).json();
            case "hold":
                Wire wire = Wire.build(Letter.of(order.getAsObject("letter")), seal);
                Ics2.know(order.getAsString("mpc"));
                station.hold(order.getAsString("mpc"), order.getAsBoolean("spoil") ? wire.spoilt() : wire);
                return wire.json();
            case "push":
                return Trader.push(
                    Letter.of(order.getAsObject("letter")), seal, order.getAsString("url"), tls.client(order.getAsString("shows")));
            case "pull":
                return Trader.pull(order.getAsString("mpc"), seal, order.getAsString("url"));
            default:
                throw new IllegalArgumentException("there is no deed " + name);
        }
    }

    private static String last(HttpExchange http) {
        String path = http.getRequestURI().getPath();
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private static Answer failure(Exception error) {
        error.printStackTrace();
        return Answer.of(500, "text/plain; charset=utf-8", error.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static void reply(HttpExchange http, Answer answer) throws IOException {
        if (answer.type() != null) {
            http.getResponseHeaders().set("Content-Type", answer.type());
        }
        boolean empty = answer.body().length == 0;
        http.sendResponseHeaders(answer.status(), empty ? -1 : answer.body().length);
        if (!empty) {
            http.getResponseBody().write(answer.body());
        }
        http.close();
    }
}
