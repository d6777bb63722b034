package dev.sandjar.internal.image;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sandjar.SandboxException;
import dev.sandjar.image.ImageException;
import dev.sandjar.internal.hostfs.HostFile;
import dev.sandjar.internal.hostfs.HostTree;
import dev.sandjar.internal.util.Errno;
import java.io.IOException;
import java.io.InputStream;

/**
 * An OCI image layout in a directory ({@code image-layout.md}). Its files may be links to others of it, as in the one of busybox, whose
 * blobs are; a link that leads out is refused.
 */
final class LayoutSource implements BlobSource {
    private final HostTree directory;

    LayoutSource(HostTree directory) {
        this.directory = directory;
    }

    static void checkVersion(byte[] layout, String subject) throws IOException {
        JsonNode node = Json.parse(layout, subject);
        String version = Json.text(node, "imageLayoutVersion", "", subject);
        if (!version.matches("1\\.[0-9.]{1,10}")) {
            throw new ImageException(subject, "its layout has the version \"" + version + "\", known is 1", "");
        }
    }

    byte[] index(String subject) throws IOException {
        if (directory.stat(Session.LAYOUT) == null) {
            throw new ImageException(
                    subject,
                    "the directory is not an OCI image layout: it has no file " + Session.LAYOUT,
                    "name one that is, or an archive; RootFs.directory takes an unpacked root as it is");
        }
        checkVersion(small(Session.LAYOUT, subject), subject);
        return small("index.json", subject);
    }

    private byte[] small(String name, String subject) throws IOException {
        try (InputStream in = file(name, subject).content()) {
            byte[] content = in.readNBytes(Json.MAX + 1);
            if (content.length > Json.MAX) {
                throw new ImageException(subject, name + " has more than " + Json.MAX + " bytes", "");
            }
            return content;
        }
    }

    @Override
    public InputStream open(Descriptor descriptor) throws IOException {
        String name = "blobs/" + descriptor.digest().path();
        return file(name, Blobs.about(descriptor.digest())).content();
    }

    private HostFile file(String name, String subject) throws IOException {
        try {
            return directory.readThroughLinks(name);
        } catch (SandboxException e) {
            if (e.errno() == Errno.ENOENT.number()) {
                ImageException missing = new ImageException(
                        subject,
                        "the layout is not complete: it has no " + name,
                        "copy it again, with all of its blobs");
                missing.initCause(e);
                throw missing;
            }
            String what =
                    switch (Errno.of(e.errno()).orElse(Errno.EIO)) {
                        case EXDEV -> " is a link that leads out of the layout";
                        case ELOOP -> " is a link that leads nowhere";
                        case EINVAL, ENXIO -> " is not a regular file";
                        case ENOTDIR -> " is not there";
                        default -> throw e;
                    };
            boolean link = e.errno() == Errno.EXDEV.number() || e.errno() == Errno.ELOOP.number();
            ImageException failure = new ImageException(
                    subject,
                    name + what,
                    link
                            ? "copy the layout with skopeo, or with cp -L if you trust where it leads"
                            : "copy the layout again");
            failure.initCause(e);
            throw failure;
        }
    }
}
