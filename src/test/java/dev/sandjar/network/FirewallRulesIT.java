package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.DataSize;
import dev.sandjar.Network;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxProcess;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import org.junit.jupiter.api.Test;

/** The rules of a firewall as {@code nft(8)} reads them back from the kernel. */
@KernelTest
@NeedsHost({Feature.ROOT, Feature.NFT, Feature.NF_TABLES})
class FirewallRulesIT {
    @Test
    void theKernelHasWhatIsMeant() throws Exception {
        Firewall firewall = Firewall.denyAll()
                .allow(FirewallRule.outgoing().tcp(80, 443).peer("10.7.0.0/25").peer("fd07::/64"))
                .drop(FirewallRule.incoming()
                        .tcp()
                        .ports(new PortRange(5000, 5010))
                        .peer("10.7.0.64/26"))
                .allow(FirewallRule.incoming().icmp())
                .deny(FirewallRule.outgoing().icmp().peer("::/0"))
                .allow(FirewallRule.incoming().peer("192.0.2.1"));
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open();
                SandboxProcess process = Sandbox.untrusted()
                        .network(Network.attached(lan).firewall(Firewall.dropAll()))
                        .build()
                        .start("cat")) {
            process.update(firewall);
            assertEquals(
                    """
                    table inet sandjar {
                    	counter clause0 {
                    		packets 0 bytes 0
                    	}

                    	counter clause1 {
                    		packets 0 bytes 0
                    	}

                    	counter clause2 {
                    		packets 0 bytes 0
                    	}

                    	counter clause3 {
                    		packets 0 bytes 0
                    	}

                    	counter clause4 {
                    		packets 0 bytes 0
                    	}

                    	counter incoming {
                    		packets 0 bytes 0
                    	}

                    	counter outgoing {
                    		packets 0 bytes 0
                    	}

                    	chain incoming {
                    		ct original ip saddr 10.7.0.64/26 ct protocol tcp ct original proto-dst 5000-5010 counter name "clause1" drop
                    		ct protocol icmp counter name "clause2" accept
                    		ct protocol ipv6-icmp counter name "clause2" accept
                    		ct l3proto ipv4 ct original ip saddr 192.0.2.1 counter name "clause4" accept
                    		meta l4proto tcp counter name "incoming" reject with tcp reset
                    		counter name "incoming" reject with icmpx admin-prohibited
                    	}

                    	chain outgoing {
                    		ct original ip daddr 10.7.0.0/25 ct protocol tcp ct original proto-dst 80 counter name "clause0" accept
                    		ct original ip daddr 10.7.0.0/25 ct protocol tcp ct original proto-dst 443 counter name "clause0" accept
                    		ct original ip6 daddr fd07::/64 ct protocol tcp ct original proto-dst 80 counter name "clause0" accept
                    		ct original ip6 daddr fd07::/64 ct protocol tcp ct original proto-dst 443 counter name "clause0" accept
                    		ct protocol ipv6-icmp meta l4proto tcp counter name "clause3" reject with tcp reset
                    		ct protocol ipv6-icmp counter name "clause3" reject with icmpx admin-prohibited
                    		meta l4proto tcp counter name "outgoing" reject with tcp reset
                    		counter name "outgoing" reject with icmpx admin-prohibited
                    	}

                    	chain input {
                    		type filter hook input priority filter; policy drop;
                    		iif "lo" accept
                    		icmpv6 type 135-136 accept
                    		ct direction original goto incoming
                    		ct direction reply goto outgoing
                    	}

                    	chain output {
                    		type filter hook output priority filter; policy drop;
                    		oif "lo" accept
                    		icmpv6 type 135-136 accept
                    		tcp flags rst accept
                    		meta l4proto icmp ct state related accept
                    		meta l4proto ipv6-icmp ct state related accept
                    		ct direction original goto outgoing
                    		ct direction reply goto incoming
                    	}

                    	chain forward {
                    		type filter hook forward priority filter; policy drop;
                    	}
                    }"""
                            .strip(),
                    HostProgram.sh(
                                    "nsenter -t \"$1\" -n /usr/sbin/nft list table inet sandjar",
                                    Long.toString(process.pid()))
                            .replace("icmpx type ", "icmpx "));
        }
    }

    @Test
    void theKernelHasTheBounds() throws Exception {
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open();
                SandboxProcess process = Sandbox.untrusted()
                        .network(Network.attached(lan)
                                .firewall(Firewall.allowAll())
                                .traffic(t -> t.connections(7).bytes(DataSize.mebibytes(5))))
                        .build()
                        .start("cat")) {
            assertEquals(
                    """
                    table inet bounds {
                    	quota bytes {
                    		over 5 mbytes
                    	}

                    	set from0 {
                    		type ipv4_addr
                    		size 65535
                    		flags dynamic
                    	}

                    	set from1 {
                    		type ipv6_addr
                    		size 65535
                    		flags dynamic
                    	}

                    	chain input {
                    		type filter hook input priority filter + 10; policy accept;
                    		iif "lo" accept
                    		quota name "bytes" goto spent
                    		ct state new goto arriving
                    	}

                    	chain output {
                    		type filter hook output priority filter + 10; policy accept;
                    		oif "lo" accept
                    		tcp flags rst accept
                    		icmp type destination-unreachable accept
                    		icmpv6 type destination-unreachable accept
                    		quota name "bytes" goto spent
                    		ct state new ct count over 7 drop
                    	}

                    	chain spent {
                    		meta l4proto tcp reject with tcp reset
                    		reject with icmpx admin-prohibited
                    	}

                    	chain forward {
                    		type filter hook forward priority filter + 10; policy accept;
                    		quota name "bytes" goto spent
                    	}

                    	chain arriving {
                    		ct l3proto ipv4 add @from0 { ct original ip saddr ct count 7 } accept
                    		ct l3proto ipv6 add @from1 { ct original ip6 saddr ct count 7 } accept
                    		drop
                    	}
                    }"""
                            .strip(),
                    HostProgram.sh(
                            "nsenter -t \"$1\" -n /usr/sbin/nft list table inet bounds", Long.toString(process.pid())));
        }
    }

    @Test
    @NeedsHost({Feature.TC, Feature.TBF})
    void theKernelHasTheRates() throws Exception {
        try (SandboxNetwork lan =
                        SandboxNetwork.builder().subnet("10.7.0.0/24").mtu(9000).open();
                SandboxProcess slow = rated(lan, DataSize.kibibytes(100));
                SandboxProcess fast = rated(lan, DataSize.gibibytes(16))) {
            assertEquals("rate 819200bit burst 16Kb lat 640ms", rates(slow));
            assertTrue(rates(fast).startsWith("rate 137438Mbit burst 6"), () -> "more than 32 bits");
        }
    }

    private static SandboxProcess rated(SandboxNetwork lan, DataSize rate) throws Exception {
        return Sandbox.untrusted()
                .network(Network.attached(lan).traffic(t -> t.sendRate(rate)))
                .build()
                .start("cat");
    }

    private static String rates(SandboxProcess process) {
        String said =
                HostProgram.sh("nsenter -t \"$1\" -n /usr/sbin/tc qdisc show dev eth0", Long.toString(process.pid()));
        return said.replaceAll(".*(rate .*)", "$1").strip();
    }
}
