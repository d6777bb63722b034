package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import dev.sandjar.image.ImageReference;
import dev.sandjar.internal.hostfs.HostFile;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.hostfs.TreeRemoval;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An image in a registry ({@code spec.md} of the OCI distribution specification). Contents come several at once; one that breaks off is
 * continued where it was, also by a later pull.
 */
final class RegistrySource implements BlobSource, AutoCloseable {
    static final String DOWNLOADS = "downloads";
    private static final int TRIES_MAX = 100;
    /** After so much the disk begins with it, so that little is left for the end. */
    private static final long BEGIN_SYNC = 8L << 20;

    private static final String ACCEPT = String.join(
            ", ", MediaTypes.INDEX, MediaTypes.MANIFEST, MediaTypes.DOCKER_LIST, MediaTypes.DOCKER_MANIFEST);

    private final Session session;
    private final ImageReference reference;
    private final RegistryAccess access;
    private final RegistryClient client;
    private final Map<Digest, byte[]> manifests = new ConcurrentHashMap<>();
    private final ExecutorService workers;

    RegistrySource(Session session, ImageReference reference, RegistryAccess access) {
        this.session = session;
        this.reference = reference;
        this.access = access;
        this.client = new RegistryClient(reference, access);
        AtomicInteger number = new AtomicInteger();
        this.workers = Executors.newFixedThreadPool(access.parallel(), work -> {
            Thread thread = new Thread(work, "sandjar-pull-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** What the reference names, now. */
    Descriptor top() throws IOException {
        String wanted = reference.digest().orElse(reference.tag().orElse("latest"));
        Digest asked =
                reference.digest().isPresent() ? Digest.parse(reference.digest().get(), client.about()) : null;
        String subject = "manifest " + wanted;
        return apart(() -> client.patiently(subject, () -> manifest(wanted, asked, subject)));
    }

    private Descriptor manifest(String wanted, @Nullable Digest asked, String subject) throws IOException {
        String about = client.about() + " " + subject;
        try (HttpAnswer answer = answer("manifests/" + wanted, Map.of("Accept", ACCEPT), subject)) {
            byte[] text = client.whole(answer, subject);
            Digest digest = asked == null ? Digest.of(text) : asked;
            verify(text, digest, about);
            Json.parse(text, about);
            String claimed = answer.header("Docker-Content-Digest").orElse(digest.toString());
            if (claimed.startsWith(digest.algorithm() + ":") && !claimed.equals(digest.toString())) {
                throw new ImageException(
                        about, "the registry says that its digest is " + claimed + ", and it is not", "");
            }
            manifests.put(digest, text);
            String type = answer.header("Content-Type")
                    .orElse("")
                    .replaceFirst(";.*", "")
                    .strip();
            return Descriptor.of(type, digest, text.length);
        }
    }

    private static void verify(byte[] text, Digest digest, String subject) throws ImageException {
        Digest found = digest.is(digest.start().digest(text));
        if (!found.equals(digest)) {
            throw new ImageException(subject, "its content has the digest " + found + ", not " + digest, "try again");
        }
    }

    /** One that has what was asked for. */
    private HttpAnswer answer(String path, Map<String, String> headers, String subject) throws IOException {
        HttpAnswer answer = client.get(path, headers);
        if (answer.status() != 200) {
            throw client.refusal(answer, subject);
        }
        return answer;
    }

    @Override
    public InputStream open(Descriptor descriptor) throws IOException {
        byte[] known = manifests.get(descriptor.digest());
        if (known == null) {
            boolean manifest =
                    MediaTypes.isManifest(descriptor.mediaType()) || MediaTypes.isIndex(descriptor.mediaType());
            String path = (manifest ? "manifests/" : "blobs/") + descriptor.digest();
            Map<String, String> headers = manifest ? Map.of("Accept", ACCEPT) : Map.of();
            String subject = Blobs.about(descriptor.digest());
            known = apart(() -> client.patiently(subject, () -> {
                try (HttpAnswer answer = answer(path, headers, subject)) {
                    byte[] text = client.whole(answer, subject);
                    if (text.length < descriptor.size()) {
                        throw new EOFException(
                                "the answer breaks off after " + text.length + " of " + descriptor.size() + " bytes");
                    }
                    verify(text, descriptor.digest(), client.about() + " " + subject);
                    return text;
                }
            }));
        }
        return new ByteArrayInputStream(known);
    }

    /** By one of the threads that {@link #close} ends. */
    private <T> T apart(Callable<T> work) throws IOException {
        return result(workers.submit(work));
    }

    private <T> T result(Future<T> work) throws IOException {
        try {
            return work.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while pulling " + reference);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IOException("pull of " + reference + " failed", e.getCause());
        }
    }

    @Override
    public void bring(List<Descriptor> missing, Blobs blobs) throws IOException {
        if (missing.isEmpty()) {
            return;
        }
        Session.mkdir(session.root(), DOWNLOADS);
        List<Future<?>> all = new ArrayList<>();
        for (Descriptor descriptor : missing) {
            all.add(workers.submit(() -> {
                fetch(descriptor, blobs);
                return null;
            }));
        }
        try {
            for (Future<?> one : all) {
                result(one);
            }
        } catch (IOException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** Ends what is on its way. Nobody writes into the store once this has returned. */
    @Override
    public void close() {
        workers.shutdownNow();
        boolean interrupted = false;
        while (true) {
            try {
                if (workers.awaitTermination(1, TimeUnit.HOURS)) {
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        client.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void fetch(Descriptor descriptor, Blobs blobs) throws IOException {
        String name =
                descriptor.digest().algorithm() + "-" + descriptor.digest().hex();
        try (HostTree lock = session.lock("pull-" + descriptor.digest().hex().substring(0, 2));
                HostTree downloads = session.root().beneath(DOWNLOADS)) {
            if (blobs.has(descriptor)) {
                return; // another process has been quicker
            }
            blobs.checkSize(descriptor);
            String subject = Blobs.about(descriptor.digest());
            IOException last = null;
            int inVain = 0;
            for (int all = 0; inVain < Retries.TRIES && all < TRIES_MAX; all++) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new InterruptedIOException("interrupted while pulling " + reference);
                }
                if (all > 0) {
                    client.pause(subject, Math.max(1, inVain), last);
                }
                try (HostFile file = downloads.stat(name) == null ? downloads.create(name) : downloads.change(name)) {
                    long before = file.stat().size();
                    try {
                        last = null;
                        if (attempt(file, descriptor)) {
                            file.sync();
                            blobs.place(downloads, name, descriptor.digest());
                            file.chmod(0400);
                            lock.sync();
                            return;
                        }
                    } catch (ImageException e) {
                        TreeRemoval.remove(downloads, name);
                        throw e;
                    } catch (IOException e) {
                        last = e;
                    }
                    inVain = file.stat().size() > before ? 0 : inVain + 1;
                }
            }
            ImageException failure = new ImageException(
                    client.about() + " " + subject,
                    "the transfer broke off, and " + Retries.TRIES + " times nothing more came"
                            + (last == null ? "" : ", at last: " + RegistryClient.words(last)),
                    "pull again, which continues where this ended");
            failure.initCause(last);
            throw failure;
        }
    }

    /** Adds what is missing; true if the content is complete and right. */
    private boolean attempt(HostFile file, Descriptor descriptor) throws IOException {
        try (Hashing hash = new Hashing(descriptor.digest())) {
            long have = hashed(file, hash, descriptor.size());
            if (have > descriptor.size()) {
                hash.restart();
                have = 0;
            }
            if (have < descriptor.size()) {
                Map<String, String> headers = have > 0 ? Map.of("Range", "bytes=" + have + "-") : Map.of();
                try (HttpAnswer answer = client.get("blobs/" + descriptor.digest(), headers)) {
                    if (begin(answer, have, file, descriptor) == 0) {
                        hash.restart();
                        have = 0;
                    }
                    have = receive(answer.body(), file, descriptor, hash, have);
                }
            }
            if (have < descriptor.size()) {
                return false;
            }
            Digest found = hash.result();
            if (!found.equals(descriptor.digest())) {
                throw new ImageException(
                        client.about() + " " + Blobs.about(descriptor.digest()),
                        "it sends a content with the digest " + found,
                        "");
            }
            return true;
        }
    }

    private long begin(HttpAnswer answer, long have, HostFile file, Descriptor descriptor) throws IOException {
        if (answer.status() == 206) {
            String range = answer.header("Content-Range").orElse("");
            if (!range.startsWith("bytes " + have + "-")) {
                throw new ImageException(client.about(), "it continues at another place than asked: " + range, "");
            }
            return have;
        }
        if (answer.status() == 200) {
            file.truncate(0);
            return 0;
        }
        throw client.refusal(answer, Blobs.about(descriptor.digest()));
    }

    /** Of what is there; more than {@code max} is thrown away. */
    private static long hashed(HostFile file, Hashing hash, long max) throws IOException {
        long have = 0;
        InputStream in = file.content();
        byte[] buffer = hash.buffer();
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            have += n;
            if (have > max) {
                file.truncate(0);
                return have;
            }
            hash.add(buffer, n);
            buffer = hash.buffer();
        }
        return have;
    }

    private long receive(InputStream body, HostFile file, Descriptor descriptor, Hashing hash, long from)
            throws IOException {
        long have = from;
        long begun = from;
        byte[] buffer = hash.buffer();
        for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
            if (n > descriptor.size() - have) {
                throw new ImageException(
                        client.about() + " " + Blobs.about(descriptor.digest()),
                        "it sends more than the " + descriptor.size() + " bytes of it",
                        "");
            }
            file.write(buffer, 0, n, have);
            have += n;
            hash.add(buffer, n);
            buffer = hash.buffer();
            if (have - begun >= BEGIN_SYNC) {
                file.beginSync();
                begun = have;
            }
            access.progress().came(descriptor.digest().toString(), have, descriptor.size());
        }
        return have;
    }

    /** Removes what pulls have left unfinished; bytes that this freed. Only for a session that is alone. */
    static long sweep(Session session) throws IOException {
        long bytes = OwnedDirectories.bytes(session, DOWNLOADS);
        HostTree downloads = session.root().tryBeneath(DOWNLOADS);
        if (downloads != null) {
            try (downloads) {
                TreeRemoval.removeAll(downloads);
            }
        }
        return bytes;
    }
}
