package dev.sandjar.internal.image;

import java.io.IOException;

/** Who somebody is to a registry. Its {@code toString()} says so without secrets. */
public interface LoginSource {
    /**
     * @param registry host, with a port if need be
     * @param repository in it
     */
    Login of(String registry, String repository) throws IOException;
}
