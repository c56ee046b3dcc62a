"""Measures real windows on a private X server: start, idle CPU, memory. Prints `name value unit` lines.

Called by scripts/bench. Compares Berth with virt-manager where that is installed, each measured the same way from
outside: the time at which the region of the machines' names looks as it does in the end.
"""

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import uuid

from Xlib import X, display

WIDTH, HEIGHT = 1280, 800
# Seconds without a change after which a list has its final look, and within which it must.
QUIET, PATIENCE = 3.0, 90.0
# Pixels of text that even a single name has.
LEAST_INK = 60
# x, y, width, height of the machines' names and states in each window: headings left out, and figures, which move.
BERTH_NAMES = (258, 106, 262, 520)
VIRT_MANAGER_NAMES = (16, 122, 180, 420)
MACHINE = """<domain type='qemu'><name>{name}</name><uuid>{uuid}</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type></os><devices><memballoon model='virtio'><stats period='2'/></memballoon>
<video><model type='vga'/></video></devices></domain>"""


def report(name, value, unit):
    print(f"{name} {value:.4g} {unit}", flush=True)


class Screen:
    """An Xvfb without a window manager: windows open at 0,0 in their own size."""

    def __init__(self):
        read, write = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-noreset", "-nolisten", "tcp", "-screen", "0", f"{WIDTH}x{HEIGHT}x24"],
            pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as number:
            self.name = ":" + number.readline().strip()
        self.connection = display.Display(self.name)
        self.root = self.connection.screen().root
        # Nothing should look hovered.
        self.root.warp_pointer(WIDTH - 1, HEIGHT - 1)
        self.connection.sync()

    def pixels(self, region):
        x, y, width, height = region
        return self.root.get_image(x, y, width, height, X.ZPixmap, 0xFFFFFFFF).data

    def save(self, path):
        """The whole screen as a portable pixmap, to see where the regions lie."""
        pixels = memoryview(self.pixels((0, 0, WIDTH, HEIGHT)))
        rgb = bytearray(WIDTH * HEIGHT * 3)
        rgb[0::3], rgb[1::3], rgb[2::3] = pixels[2::4], pixels[1::4], pixels[0::4]
        with open(path, "wb") as file:
            file.write(b"P6 %d %d 255\n" % (WIDTH, HEIGHT) + rgb)

    def cover(self):
        window = self.root.create_window(0, 0, WIDTH, HEIGHT, 0, X.CopyFromParent, override_redirect=True,
                                         background_pixel=0)
        window.map()
        self.connection.sync()
        return window

    def end(self):
        self.connection.close()
        self.server.terminate()
        self.server.wait()


def ink(pixels):
    """Pixels that are not the background, which is the colour that most of them have."""
    words = memoryview(pixels).cast("I")
    background = statistics.mode(words[::97])
    return sum(1 for word in words if word != background)


class Program:
    def __init__(self, screen, arguments, home):
        environment = {key: value for key, value in os.environ.items() if key in ("PATH", "LANG")}
        environment |= {
            "DISPLAY": screen.name, "HOME": home, "XDG_RUNTIME_DIR": home + "/run", "LIBGL_ALWAYS_SOFTWARE": "1",
            "NO_AT_BRIDGE": "1", "GSETTINGS_BACKEND": "memory", "LC_ALL": "C.UTF-8",
        }
        os.makedirs(home + "/run", mode=0o700, exist_ok=True)
        self.bus, environment["DBUS_SESSION_BUS_ADDRESS"] = start_bus(environment)
        self.started = time.monotonic()
        self.process = subprocess.Popen(arguments, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        start_new_session=True)

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def pss_mib(self):
        with open(f"/proc/{self.process.pid}/smaps_rollup") as rollup:
            return sum(int(line.split()[1]) for line in rollup if line.startswith("Pss:")) / 1024

    def end(self):
        for process in (self.process, self.bus):
            for number in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.killpg(process.pid, number)
                    process.wait(timeout=5)
                except (ProcessLookupError, subprocess.TimeoutExpired):
                    pass


def start_bus(environment):
    """A desktop has one before any program starts, so the time it takes is nobody's."""
    read, write = os.pipe()
    bus = subprocess.Popen(["dbus-daemon", "--session", "--nofork", f"--print-address={write}"], env=environment,
                           pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           start_new_session=True)
    os.close(write)
    with os.fdopen(read) as address:
        return bus, address.readline().strip()


def time_to_rows(screen, arguments, home, region, picture=None):
    """(first content, final look, CPU used until then), in milliseconds since the process was started.

    The CPU time says what the clock cannot on a computer that others use too. The look is final when nothing in the region changed for QUIET seconds; a region without text is waited for.
    """
    program = Program(screen, arguments, home)
    frames, last = [], None
    while time.monotonic() - program.started < PATIENCE:
        pixels = screen.pixels(region)
        now = time.monotonic() - program.started
        if pixels != last:
            frames.append((now, pixels, program.cpu_seconds()))
            last = pixels
        elif now - frames[-1][0] > QUIET and ink(last) > LEAST_INK:
            break
        time.sleep(0.004)
    if picture:
        screen.save(picture)
    program.end()
    # The daemon and the display clean up after it; that is not the next one's time.
    time.sleep(1)
    wanted = ink(last) * 0.8
    content = next(at for at, pixels, _ in frames if ink(pixels) >= wanted)
    final, _, cpu = frames[-1]
    return content * 1000, final * 1000, cpu * 1000


class Machines:
    """A private session with so many machines that are off, and one that runs."""

    def __init__(self, session_program, count, with_running):
        self.session = subprocess.Popen([session_program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.uri = self.session.stdout.readline().strip()
        assert self.uri, "the private session did not start"
        with tempfile.TemporaryDirectory() as folder:
            script = []
            for number in range(count):
                path = f"{folder}/{number}.xml"
                with open(path, "w") as file:
                    file.write(MACHINE.format(name=f"machine-{number:04}", uuid=uuid.uuid4()))
                script.append(f"define {path}")
            if with_running:
                script.append("start machine-0000")
            subprocess.run(["virsh", "-q", "-c", self.uri], input="\n".join(script) + "\n", text=True, check=True,
                           stdout=subprocess.DEVNULL)

    def end(self):
        self.session.stdin.close()
        self.session.wait(timeout=60)


def berth(options, uri):
    return [options.berth, "--connect", uri]


def virt_manager(uri):
    return ["virt-manager", "--no-fork", "--connect", uri]


def start_times(options, machines, count, has_peer):
    screen = Screen()
    cached, live, peer = [], [], []
    home = tempfile.mkdtemp(prefix="bb")
    peer_home = tempfile.mkdtemp(prefix="bp")

    def pictured(name):
        return f"{options.pictures}/{count}-{name}.ppm" if options.pictures else None

    # Fills Berth's cache, and everybody's page cache.
    time_to_rows(screen, berth(options, machines.uri), home, BERTH_NAMES, pictured("berth"))
    if has_peer:
        time_to_rows(screen, virt_manager(machines.uri), peer_home, VIRT_MANAGER_NAMES, pictured("virt-manager"))
    for _ in range(options.runs):
        cached.append(time_to_rows(screen, berth(options, machines.uri), home, BERTH_NAMES)[0])
        fresh = tempfile.mkdtemp(prefix="bf")
        live.append(time_to_rows(screen, berth(options, machines.uri), fresh, BERTH_NAMES)[1:])
        shutil.rmtree(fresh, ignore_errors=True)
        if has_peer:
            peer.append(time_to_rows(screen, virt_manager(machines.uri), peer_home, VIRT_MANAGER_NAMES)[1:])
        print(f"# cached {cached[-1]:.0f} ms, live {live[-1][0]:.0f} ms, virt-manager",
              f"{peer[-1][0]:.0f} ms" if peer else "not there", file=sys.stderr)
    screen.end()
    report(f"start.{count}.cached_rows", statistics.median(cached), "ms")
    live_rows, live_cpu = (statistics.median(column) for column in zip(*live))
    report(f"start.{count}.live_rows", live_rows, "ms")
    report(f"start.{count}.live_cpu", live_cpu, "ms")
    if has_peer:
        peer_rows, peer_cpu = (statistics.median(column) for column in zip(*peer))
        report(f"start.{count}.virt_manager", peer_rows, "ms")
        report(f"start.{count}.virt_manager_cpu", peer_cpu, "ms")
        report(f"start.{count}.live_ratio", live_rows / peer_rows, "x")
        report(f"start.{count}.cpu_ratio", live_cpu / peer_cpu, "x")
    shutil.rmtree(home, ignore_errors=True)
    shutil.rmtree(peer_home, ignore_errors=True)


def idle(options, machines, label, has_peer):
    """One program at a time, in turns: two Berths would share the memory of what they are made of, and poll for each other."""
    visible, hidden, memory, peer, peer_memory = [], [], [], [], []
    for _ in range(options.rounds):
        screen, home = Screen(), tempfile.mkdtemp(prefix="bi")
        program = Program(screen, berth(options, machines.uri), home)
        time.sleep(options.settle)
        visible.append(cpu_per_minute(program, options.seconds))
        memory.append(program.pss_mib())
        screen.cover()
        time.sleep(2)
        hidden.append(cpu_per_minute(program, options.seconds))
        end(screen, program, home)
        if has_peer:
            screen, home = Screen(), tempfile.mkdtemp(prefix="bv")
            program = Program(screen, virt_manager(machines.uri), home)
            time.sleep(options.settle)
            peer.append(cpu_per_minute(program, options.seconds))
            peer_memory.append(program.pss_mib())
            end(screen, program, home)
        print(f"# visible {visible[-1]:.2f} s/min, hidden {hidden[-1]:.2f} s/min, {memory[-1]:.0f} MiB; virt-manager",
              f"{peer[-1]:.2f} s/min, {peer_memory[-1]:.0f} MiB" if peer else "not there", file=sys.stderr)
    median = statistics.median
    report(f"idle.{label}.berth.cpu", median(visible), "s/min")
    report(f"idle.{label}.berth_hidden.cpu", median(hidden), "s/min")
    report(f"memory.{label}.berth.pss", median(memory), "MiB")
    if has_peer:
        report(f"idle.{label}.virt_manager.cpu", median(peer), "s/min")
        report(f"memory.{label}.virt_manager.pss", median(peer_memory), "MiB")
        ratios = [ours / max(theirs, 0.01) for ours, theirs in zip(visible, peer)]
        report(f"idle.{label}.cpu_ratio", median(ratios), "x")
        report(f"memory.{label}.ratio", median(memory) / median(peer_memory), "x")


def cpu_per_minute(program, seconds):
    before = program.cpu_seconds()
    time.sleep(seconds)
    return (program.cpu_seconds() - before) * 60 / seconds


def end(screen, program, home):
    program.end()
    screen.end()
    shutil.rmtree(home, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--berth", required=True)
    parser.add_argument("--session", required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=40)
    parser.add_argument("--settle", type=int, default=15)
    parser.add_argument("--counts", default="1,1000")
    parser.add_argument("--pictures", help="a folder for one screenshot of each window")
    parser.add_argument("what", nargs="+", choices=["start", "idle"])
    options = parser.parse_args()
    has_peer = shutil.which("virt-manager") is not None
    if not has_peer:
        print("# virt-manager is not installed: no comparison", file=sys.stderr)
    for count in (int(text) for text in options.counts.split(",")):
        # A single machine is off; beside many, one runs, as on a computer that is used.
        has_running = count > 1
        machines = Machines(options.session, count + has_running, has_running)
        try:
            if "start" in options.what:
                start_times(options, machines, count, has_peer)
            if "idle" in options.what:
                idle(options, machines, count, has_peer)
        finally:
            machines.end()


if __name__ == "__main__":
    main()
