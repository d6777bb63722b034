"""Tries to get at the host. Prints "attempt <tab> yes or no <tab> what came of it"; harmless even where it succeeds.

Arguments: a file of the caller, its secret, a directory to write to, a port that listens, a process to kill.
"""
import ctypes, glob, os, signal, socket, sys

path, secret, directory, port, victim = sys.argv[1:6]


def attempt(name, action):
    try:
        result = action()
    except Exception as e:
        print(f"{name}\tno\t{getattr(e, 'strerror', None) or e}")
    else:
        print(f"{name}\tyes\t{result}")


def content(file, **options):
    with open(os.open(file, os.O_RDONLY, **options), "rb") as f:
        return f.read().decode(errors="replace")


def must(found, otherwise):
    if not found:
        raise Exception(otherwise)
    return found


def shadow():
    return f"{len(content('/etc/shadow').splitlines())} accounts with their hashes"


def home():
    must(secret in content(path), "no secret in it")
    return "the secret is in it"


def environment():
    """The caller's environment has the secret too; ours does not count."""
    for file in glob.glob("/proc/[0-9]*/environ"):
        try:
            if f"/{os.getpid()}/" not in file and secret in content(file):
                return "the secret is in " + file
        except OSError:
            pass
    raise Exception("no process with the secret")


def processes():
    names = [p for p in os.listdir("/proc") if p.isdigit()]
    must(victim in names, f"{len(names)} processes, the victim is not among them")
    return f"the victim and {len(names) - 1} others"


def kill():
    os.kill(int(victim), signal.SIGTERM)
    return "killed process " + victim


def network():
    with socket.create_connection(("127.0.0.1", int(port)), timeout=5) as connection:
        return "the service said " + connection.recv(100).decode().strip()




def host_name():
    socket.sethostname(socket.gethostname())
    return "changed, to the same"


def write():
    with open(os.path.join(directory, "python-was-here"), "w") as f:
        f.write("x")
    return "wrote a file"


def other_roots():
    for root in glob.glob("/proc/[0-9]*/root"):
        try:
            if secret in content(root + path):
                return "the secret is in " + root + "/..."
        except OSError:
            pass
    raise Exception("no process leads to the file")


def descriptors():
    """A directory of the host that somebody forgot to close leads everywhere."""
    for fd in os.listdir("/proc/self/fd"):
        try:
            if int(fd) > 2 and secret in content(path.lstrip("/"), dir_fd=int(fd)):
                return "the secret is beneath descriptor " + fd
        except OSError:
            pass
    raise Exception("no descriptor leads to the file")


def namespaces():
    """With a user namespace of its own a process is root in it, which opens much of the kernel."""
    new_user, new_mounts = 0x10000000, 0x00020000
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(new_user | new_mounts) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return "has all capabilities in a new namespace"


attempt("read /etc/shadow", shadow)
attempt("read a file in the caller's home", home)
attempt("read the environment of the JVM", environment)
attempt("see other processes", processes)
attempt("kill another process", kill)
attempt("connect to a service on 127.0.0.1", network)
attempt("change the host name", host_name)
attempt("write to the host", write)
attempt("leave through /proc/PID/root", other_roots)
attempt("leave through an open descriptor", descriptors)
attempt("make a user namespace", namespaces)
