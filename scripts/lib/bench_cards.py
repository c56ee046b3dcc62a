"""Measures what the pictures of 20 running machines cost a window that shows all of them as cards.

Prints `name value unit` lines. Called by scripts/bench. Every guest draws a clock, so that no picture is as it was.
Without a graphics card most of a frame is its rasterising, by threads of Mesa and by the window's own; what the program
itself computes there is timed by the `frame` part. So the figure is: all other threads, and the frames that were drawn
times what one costs before it is painted.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import uuid

import bench_window
from bench_window import Program, Screen, report

MACHINES = 20
DOMAIN = """<domain type='qemu'><name>card-{number:02}</name><uuid>{uuid}</uuid><memory unit='MiB'>32</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features><devices><disk type='file' device='disk'>
<driver name='qemu' type='raw'/><source file='{disk}'/><target dev='hda' bus='ide'/></disk>
<serial type='null'/><graphics type='vnc'><listen type='socket'/></graphics><video><model type='vga'/></video></devices></domain>"""


def is_rasteriser(name):
    return name.startswith(("llvmpipe", "swrast", "berth:disk", "berth:gl", "berth:sh", "berth:gdrv"))


def threads(pid):
    """CPU seconds so far of the window's thread, of the rasteriser's, and of all others."""
    window, raster, others = 0.0, 0.0, {}
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/stat") as stat:
                name, fields = re.match(r"\d+ \((.*)\) (.*)", stat.read(), re.S).groups()
        except FileNotFoundError:
            continue
        fields = fields.split()
        seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        if int(task) == pid:
            window = seconds
        elif is_rasteriser(name):
            raster += seconds
        else:
            others[name] = others.get(name, 0.0) + seconds
    return window, raster, others


def frames(home):
    with open(f"{home}/.local/state/berth/berth.log") as log:
        return sum(1 for line in log if "berth::app: frame " in line)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--berth", required=True)
    parser.add_argument("--session", required=True)
    parser.add_argument("--frame", type=float, required=True, help="ms of a frame before it is painted")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--settle", type=int, default=30)
    parser.add_argument("--picture", help="a file for a screenshot of the window")
    options = parser.parse_args()
    bench_window.WIDTH, bench_window.HEIGHT = 2560, 1440
    folder, home = tempfile.mkdtemp(prefix="bc", dir="/tmp"), tempfile.mkdtemp(prefix="bh", dir="/tmp")
    session = subprocess.Popen([options.session, "--guest", f"{folder}/guest.img"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    try:
        uri = session.stdout.readline().strip()
        script = []
        for number in range(MACHINES):
            disk, path = f"{folder}/{number}.img", f"{folder}/{number}.xml"
            shutil.copy(f"{folder}/guest.img", disk)
            with open(path, "w") as file:
                file.write(DOMAIN.format(number=number, uuid=uuid.uuid4(), disk=disk))
            script += [f"define {path}", f"start card-{number:02}"]
        subprocess.run(["virsh", "-q", "-c", uri], input="\n".join(script) + "\n", text=True, check=True,
                       stdout=subprocess.DEVNULL)
        measure(options, uri, home)
    finally:
        session.stdin.close()
        session.wait(timeout=120)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)


def measure(options, uri, home):
    os.makedirs(f"{home}/.config/berth")
    settings = {"version": 1, "content": {"listing": "Cards", "is_inspector_open": False}}
    with open(f"{home}/.config/berth/settings.json", "w") as file:
        json.dump(settings, file)
    with open(f"{home}/window.json", "w") as file:
        json.dump({}, file)
    os.makedirs(f"{home}/.local/state/berth", mode=0o700)
    with open(f"{home}/.local/state/berth/window.json", "w") as file:
        json.dump({"version": 1, "content": {"size": [2560.0, 1440.0]}}, file)
    screen = Screen()
    program = Program(screen, ["env", "BERTH_LOG=berth::app=trace", options.berth, "--connect", uri], home)
    time.sleep(options.settle)
    pid = program.process.pid
    window, raster, others = threads(pid)
    drawn, began = frames(home), time.monotonic()
    time.sleep(options.seconds)
    seconds = time.monotonic() - began
    window_after, raster_after, others_after = threads(pid)
    drawn = frames(home) - drawn
    if options.picture:
        screen.save(options.picture)
    program.end()
    screen.end()
    spent = {name: (after - others.get(name, 0.0)) / seconds * 100 for name, after in others_after.items()}
    for name, percent in sorted(spent.items(), key=lambda pair: -pair[1])[:6]:
        print(f"# {name} {percent:.2f} %", file=sys.stderr)
    background = sum(spent.values())
    computed = drawn * options.frame / 1000 / seconds * 100
    report(f"cards.{MACHINES}.frames", drawn / seconds, "/s")
    report(f"cards.{MACHINES}.background.cpu", background, "%")
    report(f"cards.{MACHINES}.painting.cpu", ((window_after - window) + (raster_after - raster)) / seconds * 100 - computed, "%")
    report("cards.cpu_percent", background + computed, "%")


main()
