package dev.sandjar;

/**
 * What has passed through one network device of a sandbox with a network of its own ({@code /proc/net/dev}).
 *
 * @param device its name inside, such as "lo"
 * @param receivedBytes bytes received
 * @param receivedPackets packets received
 * @param sentBytes bytes sent
 * @param sentPackets packets sent
 */
public record NetworkUsage(String device, long receivedBytes, long receivedPackets, long sentBytes, long sentPackets) {}
