package dev.sandjar.network;

import dev.sandjar.Command;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A member that sends, and tells what it hears. */
final class FaultNode implements AutoCloseable {
    /** Longer than the kernel needs for what is not held back, and shorter than TCP takes to give up. */
    private static final String PROGRAM = Servers.ECHO
            + """
            import time
            begin(tcp('::', 80))
            heard, news = set(), threading.Condition()
            s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.bind(('::', 81))
            def listen():
                while True:
                    word, _ = s.recvfrom(2000)
                    with news: heard.add(word.decode()); news.notify_all()
            threading.Thread(target=listen, daemon=True).start()
            def answer(seconds, word):
                t.settimeout(seconds)
                try:
                    data = b''
                    while len(data) < len(word):
                        more = t.recv(100)
                        if not more: return 'end'
                        data += more
                    return 'echo' if data == word.encode() else 'wrong'
                except TimeoutError: return 'waits'
                except OSError as e: return 'cut'
            print('up', flush=True)
            for line in sys.stdin:
                verb, *words = line.split()
                if verb == 'open':
                    t = socket.create_connection((words[0], 80), 60); said = 'open'
                elif verb == 'tcp':
                    t.sendall(words[0].encode()); said = answer(60 if words[0] != 'within' else 2, words[0])
                elif verb == 'later': said = answer(120, words[0])
                elif verb == 'send':
                    d = socket.socket(socket.AF_INET6 if ':' in words[0] else socket.AF_INET, socket.SOCK_DGRAM)
                    try: d.sendto(words[1].encode(), (words[0], 81)); said = 'sent'
                    except OSError as e: said = 'sent'
                    d.close()
                elif verb == 'burst':
                    d = socket.socket(socket.AF_INET6 if ':' in words[0] else socket.AF_INET, socket.SOCK_DGRAM)
                    for i in range(int(words[1])):
                        d.sendto((words[2] + '/' + str(i)).encode(), (words[0], 81)); time.sleep(0.002)
                    d.close(); said = 'sent'
                elif verb == 'list':
                    with news: said = ' '.join(sorted((w for w in heard if w.startswith(words[0] + '/')), key=lambda w: int(w.split('/')[1])))
                elif verb == 'heard':
                    with news: said = str(news.wait_for(lambda: words[0] in heard, float(words[1])))
                print(said, flush=True)
            """;

    final SandboxProcess process;
    private int words;

    private FaultNode(SandboxProcess process) {
        this.process = process;
    }

    static FaultNode start(NetworkMember member) throws IOException {
        return start(Sandbox.untrusted()
                .network(Network.attached(member))
                .timeout(Duration.ofMinutes(3))
                .build());
    }

    static FaultNode start(Sandbox sandbox) throws IOException {
        return new FaultNode(Servers.start(sandbox, PROGRAM));
    }

    static Command command() {
        return Servers.python(PROGRAM);
    }

    String say(String line) throws IOException {
        Writer in = process.outputWriter(StandardCharsets.UTF_8);
        in.write(line + "\n");
        in.flush();
        return process.inputReader().readLine();
    }

    /** Whether a datagram arrives; it is sent again and again, since who was parted may still look for its neighbour. */
    boolean reaches(String word, FaultNode other, String address) throws IOException {
        String unique = word + words++ + "-" + System.identityHashCode(this);
        for (int i = 0; i < 60; i++) {
            say("send " + address + " " + unique);
            if (other.say("heard " + unique + " 1").equals("True")) {
                return true;
            }
        }
        return false;
    }

    /** Whether a datagram does not arrive. */
    boolean loses(String word, FaultNode other, String address) throws IOException {
        String unique = word + words++ + "-" + System.identityHashCode(this);
        say("send " + address + " " + unique);
        return other.say("heard " + unique + " 1").equals("False");
    }

    @Override
    public void close() {
        process.close();
    }
}
