package dev.sandjar.internal.plugin.worker;

import dev.sandjar.internal.plugin.wire.Contract;
import dev.sandjar.internal.plugin.wire.ContractMethod;
import dev.sandjar.internal.plugin.wire.Decoder;
import dev.sandjar.internal.plugin.wire.Encoder;
import dev.sandjar.internal.plugin.wire.Frame;
import dev.sandjar.internal.plugin.wire.WireException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Executes calls. One thread, the leader, reads; it executes what it has read itself, because handing a call to another thread would cost
 * more than most calls do. Only when a call takes longer does another thread come to lead.
 */
final class Worker implements Runnable {
    private static final long IDLE_NANOS = 10_000_000_000L;

    private final Link link;
    private final Contract contract;
    private final Object plugin;

    // ---- guarded by this
    private final Map<Integer, Call> running = new HashMap<>();
    private final Map<Integer, BackCall> waiting = new HashMap<>();
    private final ArrayDeque<Thread> idle = new ArrayDeque<>();
    private final Thread first = Thread.currentThread();
    private Thread leader = first;
    private boolean leaderBusy;
    private long calls;
    private int lastBackCall;
    private int threads;
    private @Nullable Watch watch;

    Worker(Link link, Contract contract, Object plugin) {
        this.link = link;
        this.contract = contract;
        this.plugin = plugin;
    }

    Link link() {
        return link;
    }

    /**
     * Leads, waits to lead, and so on. Returns where it has waited for long, as others are enough; not so in the thread that has made the
     * worker, with which the process ends.
     */
    @Override
    public void run() {
        Thread me = Thread.currentThread();
        try {
            for (; ; ) {
                if (leads(me)) {
                    if (!lead(me)) {
                        Runtime.getRuntime().halt(0);
                    }
                } else if (!waitToLead(me)) {
                    return;
                }
            }
        } catch (EndOfTraining e) {
            return;
        } catch (IOException | RuntimeException e) {
            // The channel is broken: there is nobody to report it to but the log of the host.
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    private synchronized boolean leads(Thread me) {
        return leader == me;
    }

    private boolean waitToLead(Thread me) {
        synchronized (this) {
            idle.push(me);
        }
        long until = System.nanoTime() + IDLE_NANOS;
        for (; ; ) {
            LockSupport.parkNanos(IDLE_NANOS);
            synchronized (this) {
                if (leader == me) {
                    return true;
                }
                if (me != first && System.nanoTime() - until > 0) {
                    idle.remove(me);
                    return false;
                }
            }
        }
    }

    /** False at the end of the channel. */
    private boolean lead(Thread me) throws IOException {
        while (link.read()) {
            Call call = take();
            if (call != null && !execute(call, me)) {
                return true;
            }
        }
        return false;
    }

    /** Does what the frame says, up to a call, which it returns. */
    private @Nullable Call take() throws IOException {
        switch (link.type) {
            case Frame.CALL -> {
                return decode();
            }
            case Frame.CANCEL -> cancel(link.id);
            case Frame.BACK_REPLY, Frame.BACK_THROW -> answer();
            default -> throw new WireException("a frame of type " + link.type);
        }
        return null;
    }

    private Call decode() throws IOException {
        ContractMethod method = contract.methods().get(link.number);
        Call call = new Call(this, link.id, method);
        call.arguments = method.readArguments(new Decoder(link.body, link.limits(), call));
        link.release();
        return call;
    }

    private synchronized void cancel(int id) {
        Call call = running.get(id);
        if (call != null && call.thread != null) {
            call.thread.interrupt();
        }
    }

    private void answer() throws IOException {
        BackCall found;
        synchronized (this) {
            found = waiting.remove(link.id);
        }
        if (found != null) {
            found.complete(link);
        }
        link.release();
    }

    /** By the leader; whether it still is that afterwards. */
    private boolean execute(Call call, Thread me) throws IOException {
        synchronized (this) {
            running.put(call.id, call);
            call.thread = me;
            calls++;
            if (running.size() > 1) {
                passLead();
            } else {
                beBusy();
            }
        }
        invoke(call);
        synchronized (this) {
            running.remove(call.id);
            Thread.interrupted();
            if (leader == me) {
                leaderBusy = false;
                return true;
            }
            return false;
        }
    }

    private void beBusy() {
        leaderBusy = true;
        Watch found = watch;
        if (found == null) {
            found = new Watch(this);
            watch = found;
            found.start();
        } else if (found.parked) {
            found.parked = false;
            LockSupport.unpark(found);
        }
    }

    private void passLead() {
        leaderBusy = false;
        Thread next = idle.poll();
        if (next != null) {
            leader = next;
            LockSupport.unpark(next);
        } else {
            next = thread(this);
            leader = next;
            next.start();
        }
    }

    private Thread thread(Runnable work) {
        Thread made = new Thread(work, "plugin-" + ++threads);
        made.setDaemon(true);
        return made;
    }

    /** How many calls there were; passes the lead on if the one of {@code seen} is still being executed by the leader. */
    synchronized long look(long seen) {
        if (leaderBusy && calls == seen) {
            passLead();
        }
        return calls;
    }

    private void invoke(Call call) throws IOException {
        Encoder reply = new Encoder(link.limits());
        try {
            call.open();
            Object result = call.method.method().invoke(plugin, call.arguments);
            call.close();
            call.method.writeResult(reply, result);
        } catch (InvocationTargetException e) {
            call.close();
            Throwable thrown = e.getCause() == null ? e : e.getCause();
            failed(call, thrown);
            return;
        } catch (IllegalAccessException | IOException | RuntimeException | Error e) {
            // A file that could not be copied, a value too large: the call fails, and the worker goes on.
            call.close();
            failed(call, e);
            return;
        }
        link.send(reply, Frame.REPLY, 0, call.id);
    }

    private void failed(Call call, Throwable thrown) throws IOException {
        Encoder reply = new Encoder(link.limits());
        try {
            reply.i32(call.method.indexOfException(thrown));
            Traces.write(reply, thrown);
        } catch (WireException e) {
            // Messages may be so small that no trace fits.
            reply = new Encoder(link.limits());
            reply.i32(-1);
            reply.text("");
            reply.u8(0);
            reply.text("");
        }
        link.send(reply, Frame.THROW, 0, call.id);
    }

    // ---- calls of the host by the plugin

    /** Sends the message under a number of its own and waits for the answer. */
    void callBack(BackCall back, Encoder message, int method) throws IOException {
        Thread me = Thread.currentThread();
        int id;
        boolean reads;
        synchronized (this) {
            id = ++lastBackCall;
            waiting.put(id, back);
            reads = leader == me;
            if (reads) {
                leaderBusy = false;
            }
        }
        try {
            link.send(message, Frame.BACK_CALL, method, id);
        } finally {
            if (!reads) {
                back.await();
            }
        }
        if (reads) {
            readUntil(back, me);
        }
    }

    private void readUntil(BackCall back, Thread me) throws IOException {
        while (!back.isDone()) {
            if (!link.read()) {
                Runtime.getRuntime().halt(0);
            }
            Call call = take();
            if (call != null) {
                synchronized (this) {
                    running.put(call.id, call);
                    calls++;
                    Thread other = thread(new Elsewhere(this, call));
                    call.thread = other;
                    other.start();
                }
            }
        }
        synchronized (this) {
            if (leader == me) {
                calls++;
                beBusy();
            }
        }
    }

    /** A call that came while its reader was waiting inside another one. */
    private static final class Elsewhere implements Runnable {
        private final Worker worker;
        private final Call call;

        Elsewhere(Worker worker, Call call) {
            this.worker = worker;
            this.call = call;
        }

        @Override
        public void run() {
            try {
                worker.invoke(call);
                synchronized (worker) {
                    worker.running.remove(call.id);
                }
            } catch (IOException e) {
                e.printStackTrace();
                Runtime.getRuntime().halt(1);
            }
        }
    }

    /** Thrown by a training's source of frames, so that its virtual machine ends in the usual way. */
    static final class EndOfTraining extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }
}
