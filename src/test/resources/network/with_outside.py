"""Runs a command in a network namespace of its own, as its "host", beside another one that is "outside", in which servers say who has come."""
import os, subprocess, sys, time

OUTSIDE = r"""
import socket, subprocess, sys, threading
print('begun', flush=True)
if sys.stdin.readline() != 'go\n': sys.exit(1)
def tell(s):
    while True:
        c, peer = s.accept()
        c.sendall(peer[0].encode()); c.close()
def echo(s):
    while True:
        data, peer = s.recvfrom(2000)
        s.sendto(peer[0].encode() + b' ' + data, peer)
for family, any_address in ((socket.AF_INET, '0.0.0.0'), (socket.AF_INET6, '::')):
    s = socket.socket(family)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.bind((any_address, 80)); s.listen()
    threading.Thread(target=tell, args=(s,), daemon=True).start()
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('0.0.0.0', 53))
threading.Thread(target=echo, args=(u,), daemon=True).start()
print('up', flush=True)
sys.stdin.read()
"""


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def main():
    outside = subprocess.Popen(["unshare", "--net", sys.executable, "-c", OUTSIDE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert outside.stdout.readline() == "begun\n"
    there = ["nsenter", "--net=/proc/%d/ns/net" % outside.pid, "ip"]
    ip("link", "set", "lo", "up")
    ip("link", "add", "out0", "type", "veth", "peer", "name", "eth0", "netns", str(outside.pid))
    ip("addr", "add", "192.0.2.1/24", "dev", "out0")
    ip("-6", "addr", "add", "2001:db8::1/64", "dev", "out0", "nodad")
    ip("link", "set", "out0", "up")
    for words in (["link", "set", "lo", "up"], ["addr", "add", "192.0.2.2/24", "dev", "eth0"], ["addr", "add", "169.254.169.254/32", "dev", "lo"],
                  ["-6", "addr", "add", "2001:db8::2/64", "dev", "eth0", "nodad"], ["link", "set", "eth0", "up"],
                  ["route", "add", "default", "via", "192.0.2.1"]):
        subprocess.run(there + words, check=True)
    ip("route", "add", "169.254.169.254/32", "via", "192.0.2.2")
    ip("route", "add", "default", "via", "192.0.2.2")
    ip("-6", "route", "add", "default", "via", "2001:db8::2")
    ip("addr", "add", "198.51.100.7/32", "dev", "lo")
    ip("route", "add", "local", "203.0.113.0/24", "dev", "lo")  # addresses of the host that no interface has
    outside.stdin.write("go\n"); outside.stdin.flush()
    assert outside.stdout.readline() == "up\n"
    for name in sys.argv[1].split(","):
        if name:
            with open("/proc/sys/net/" + name, "w") as f:
                f.write("1")
    try:
        status = subprocess.run(sys.argv[2:], env={**os.environ, "OUTSIDE": str(outside.pid)}).returncode
        # What kills a JVM does not wait for its children, which take the way away; without its rules it must never be there.
        end, door = time.monotonic() + 20, False
        while True:
            links = subprocess.run(["ip", "-br", "link"], capture_output=True, text=True).stdout
            tables = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True).stdout
            left = [line.split("@")[0].split()[0] for line in links.splitlines()]
            again = subprocess.run(["ip", "-br", "link"], capture_output=True, text=True).stdout
            door = door or ("sandjar" in again and not tables)
            if (not tables and len(left) == 2) or time.monotonic() > end:
                break
        print("left: " + repr((tables, left)), flush=True)
        print("door: %s" % door, flush=True)
        print("status: %d" % status, flush=True)
    finally:
        outside.kill()


main()
