package dev.sandjar.image;

import dev.sandjar.ImageException;
import dev.sandjar.ImageReference;
import dev.sandjar.launcher.HostFile;
import dev.sandjar.launcher.HostTree;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An image in a registry ({@code spec.md} of the OCI distribution specification). Contents come several at once; one that breaks off is
 * continued where it was, also by a later pull.
 */
final class RegistrySource implements BlobSource, AutoCloseable {
    private static final String DOWNLOADS = "downloads";
    /** So often without a byte that is new. */
    private static final int TRIES = 5;

    private static final int TRIES_MAX = 100;
    private static final int CHUNK = 1 << 17;
    private static final String ACCEPT = String.join(
            ", ", MediaTypes.INDEX, MediaTypes.MANIFEST, MediaTypes.DOCKER_LIST, MediaTypes.DOCKER_MANIFEST);

    private final Session session;
    private final ImageReference reference;
    private final RegistryAccess access;
    private final RegistryClient client;
    private final Map<Digest, byte[]> manifests = new HashMap<>();
    private final ScheduledExecutorService watch;
    private final Set<Transfer> transfers = ConcurrentHashMap.newKeySet();

    RegistrySource(Session session, ImageReference reference, RegistryAccess access) {
        this.session = session;
        this.reference = reference;
        this.access = access;
        this.client = new RegistryClient(reference, access);
        this.watch = Executors.newSingleThreadScheduledExecutor(RegistrySource::thread);
        var unused = watch.scheduleWithFixedDelay(
                () -> transfers.forEach(t -> t.check(access.stall().toNanos())), 100, 100, TimeUnit.MILLISECONDS);
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "sandjar-pull");
        thread.setDaemon(true);
        return thread;
    }

    /** What the reference names, now. */
    Descriptor top() throws IOException {
        String wanted = reference.digest().orElse(reference.tag().orElse("latest"));
        HttpResponse<InputStream> answer = client.get("manifests/" + wanted, Map.of("Accept", ACCEPT));
        byte[] text = body(answer, "manifest " + wanted);
        Digest digest = reference.digest().isPresent()
                ? Digest.parse(reference.digest().get(), client.about())
                : Digest.of(text);
        verify(text, digest, "manifest " + wanted);
        String claimed = answer.headers().firstValue("Docker-Content-Digest").orElse(digest.toString());
        if (claimed.startsWith(digest.algorithm() + ":") && !claimed.equals(digest.toString())) {
            throw new ImageException(
                    client.about(), "it says that the manifest is " + claimed + ", which is wrong", "");
        }
        manifests.put(digest, text);
        String type = answer.headers()
                .firstValue("Content-Type")
                .orElse("")
                .replaceFirst(";.*", "")
                .strip();
        return Descriptor.of(type, digest, text.length);
    }

    private static void verify(byte[] text, Digest digest, String subject) throws ImageException {
        MessageDigest hash = digest.start();
        Digest found = digest.is(hash.digest(text));
        if (!found.equals(digest)) {
            throw new ImageException(subject, "its content has the digest " + found + ", not " + digest, "try again");
        }
    }

    private byte[] body(HttpResponse<InputStream> answer, String subject) throws IOException {
        try (InputStream body = answer.body()) {
            if (answer.statusCode() != 200) {
                String remedy = answer.statusCode() == 404
                        ? "check name and tag"
                        : answer.statusCode() == 403 || answer.statusCode() == 401
                                ? "check the credentials"
                                : "try later";
                throw new ImageException(client.about() + " " + subject, "it answers " + answer.statusCode(), remedy);
            }
            Transfer transfer = new Transfer(body);
            transfers.add(transfer);
            try {
                byte[] text = body.readNBytes(Json.MAX + 1);
                if (text.length > Json.MAX) {
                    throw new ImageException(subject, "it has more than " + Json.MAX + " bytes", "");
                }
                return text;
            } finally {
                transfers.remove(transfer);
            }
        }
    }

    @Override
    public InputStream open(Descriptor descriptor) throws IOException {
        byte[] known = manifests.get(descriptor.digest());
        if (known == null) {
            boolean manifest =
                    MediaTypes.isManifest(descriptor.mediaType()) || MediaTypes.isIndex(descriptor.mediaType());
            String path = (manifest ? "manifests/" : "blobs/") + descriptor.digest();
            Map<String, String> headers = manifest ? Map.of("Accept", ACCEPT) : Map.of();
            known = body(client.get(path, headers), Blobs.about(descriptor.digest()));
        }
        return new ByteArrayInputStream(known);
    }

    @Override
    public void bring(List<Descriptor> missing, Blobs blobs) throws IOException {
        if (missing.isEmpty()) {
            return;
        }
        Session.mkdir(session.root(), DOWNLOADS);
        AtomicInteger number = new AtomicInteger();
        ExecutorService workers = Executors.newFixedThreadPool(Math.min(access.parallel(), missing.size()), work -> {
            Thread thread = thread(work);
            thread.setName("sandjar-pull-" + number.incrementAndGet());
            return thread;
        });
        List<Future<?>> all = new ArrayList<>();
        try {
            for (Descriptor descriptor : missing) {
                all.add(workers.submit(() -> {
                    fetch(descriptor, blobs);
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while pulling " + reference);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IOException("pull of " + reference + " failed", e.getCause());
        } finally {
            transfers.forEach(Transfer::end);
            workers.shutdownNow();
            end(workers);
        }
    }

    /** Nobody may write into the store once this has returned. */
    private void end(ExecutorService workers) {
        boolean interrupted = false;
        while (true) {
            try {
                if (workers.awaitTermination(100, TimeUnit.MILLISECONDS)) {
                    break;
                }
                transfers.forEach(Transfer::end);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
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
            IOException last = null;
            int inVain = 0;
            for (int all = 0; inVain < TRIES && all < TRIES_MAX; all++) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new InterruptedIOException("interrupted while pulling " + reference);
                }
                try (HostFile file = downloads.stat(name) == null ? downloads.create(name) : downloads.change(name)) {
                    long before = file.stat().size();
                    try {
                        if (attempt(file, descriptor)) {
                            file.sync();
                            blobs.place(downloads, name, descriptor.digest());
                            file.chmod(0400);
                            lock.sync();
                            return;
                        }
                    } catch (ImageException e) {
                        downloads.removeTree(name);
                        throw e;
                    } catch (IOException e) {
                        last = e;
                    }
                    inVain = file.stat().size() > before ? 0 : inVain + 1;
                }
            }
            ImageException failure = new ImageException(
                    client.about() + " " + Blobs.about(descriptor.digest()),
                    "the transfer broke off, and " + TRIES + " times nothing more came",
                    "pull again, which continues where this ended");
            failure.initCause(last);
            throw failure;
        }
    }

    /** Adds what is missing; true if the content is complete and right. */
    private boolean attempt(HostFile file, Descriptor descriptor) throws IOException {
        MessageDigest hash = descriptor.digest().start();
        long have = hashed(file, hash, descriptor.size());
        if (have < descriptor.size()) {
            Map<String, String> headers = have > 0 ? Map.of("Range", "bytes=" + have + "-") : Map.of();
            HttpResponse<InputStream> answer = client.get("blobs/" + descriptor.digest(), headers);
            try (InputStream body = answer.body()) {
                have = begin(answer, have, file);
                if (have == 0) {
                    hash.reset();
                }
                have = receive(body, file, descriptor, hash, have);
            }
        }
        if (have < descriptor.size()) {
            return false;
        }
        Digest found = descriptor.digest().is(hash.digest());
        if (!found.equals(descriptor.digest())) {
            throw new ImageException(
                    Blobs.about(descriptor.digest()), "the registry sends a content with the digest " + found, "");
        }
        return true;
    }

    private long begin(HttpResponse<InputStream> answer, long have, HostFile file) throws IOException {
        if (answer.statusCode() == 206) {
            String range = answer.headers().firstValue("Content-Range").orElse("");
            if (!range.startsWith("bytes " + have + "-")) {
                throw new ImageException(client.about(), "it continues at another place than asked: " + range, "");
            }
            return have;
        }
        if (answer.statusCode() == 200) {
            file.truncate(0);
            return 0;
        }
        if (answer.statusCode() >= 500 || answer.statusCode() == 429) {
            throw new IOException(client.about() + " answers " + answer.statusCode());
        }
        throw new ImageException(client.about(), "it answers " + answer.statusCode() + " to a request for a blob", "");
    }

    private long hashed(HostFile file, MessageDigest hash, long max) throws IOException {
        byte[] buffer = new byte[CHUNK];
        long have = 0;
        InputStream in = file.content();
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            hash.update(buffer, 0, n);
            have += n;
            if (have > max) {
                file.truncate(0);
                hash.reset();
                return 0;
            }
        }
        return have;
    }

    private long receive(InputStream body, HostFile file, Descriptor descriptor, MessageDigest hash, long from)
            throws IOException {
        byte[] buffer = new byte[CHUNK];
        long have = from;
        Transfer transfer = new Transfer(body);
        transfers.add(transfer);
        try {
            for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
                transfer.moved();
                if (have + n > descriptor.size()) {
                    throw new ImageException(
                            Blobs.about(descriptor.digest()),
                            "the registry sends more than the " + descriptor.size() + " bytes of it",
                            "");
                }
                file.write(buffer, 0, n, have);
                hash.update(buffer, 0, n);
                have += n;
                access.progress().came(descriptor.digest().toString(), have, descriptor.size());
            }
            return have;
        } finally {
            transfers.remove(transfer);
        }
    }

    /** Removes what pulls have left unfinished. Only for a session that is alone. */
    static void sweep(Session session) throws IOException {
        HostTree downloads = session.root().tryBeneath(DOWNLOADS);
        if (downloads != null) {
            try (downloads) {
                downloads.removeAll();
            }
        }
    }

    @Override
    public void close() {
        watch.shutdownNow();
    }

    /** One body on its way, ended by force when nothing comes any more. */
    private static final class Transfer {
        private final InputStream body;
        private volatile long last = System.nanoTime();

        Transfer(InputStream body) {
            this.body = body;
        }

        void moved() {
            last = System.nanoTime();
        }

        void check(long stall) {
            if (System.nanoTime() - last > stall) {
                end();
            }
        }

        void end() {
            try {
                body.close();
            } catch (IOException e) {
                last = System.nanoTime(); // whoever reads it sees the same
            }
        }
    }
}
