"""Drives a window as a screen reader would: through AT-SPI, by role and name. Reads a JSON request a line, answers one.

Requests: {"do": "wait"|"gone"|"click"|"focus", "name": …, "role": …, "part": …, "seconds": …},
{"do": "hear", "part": …, "seconds": …} for what is announced, {"do": "heard"} for all of it, {"do": "focused"} and {"do": "tree"}.
"name" is a node's whole accessible name, "part" a part of it, "role" AT-SPI's role name.
"""

import json
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402


def enable_accessibility():
    """What a desktop does when a screen reader starts: programs offer their trees only then."""
    bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
    for name in ("IsEnabled", "ScreenReaderEnabled"):
        value = GLib.Variant("(ssv)", ("org.a11y.Status", name, GLib.Variant("b", True)))
        bus.call_sync("org.a11y.Bus", "/org/a11y/bus", "org.freedesktop.DBus.Properties", "Set", value, None,
                      Gio.DBusCallFlags.NONE, 20_000, None)


def program(name):
    desktop = Atspi.get_desktop(0)
    for index in range(desktop.get_child_count()):
        child = desktop.get_child_at_index(index)
        if child and name in (child.get_name() or "").lower():
            return child
    return None


def nodes(node):
    """Depth first, those on screen and those that are scrolled away."""
    pending = [node]
    while pending:
        node = pending.pop()
        if node is None:
            continue
        yield node
        try:
            count = node.get_child_count()
            pending += [node.get_child_at_index(index) for index in reversed(range(min(count, 2_000)))]
        except GLib.Error:
            continue


def role_of(node):
    """Newer versions of AT-SPI say "button" where older ones say "push button"."""
    return (node.get_role_name() or "").removeprefix("push ")


def fits(node, request):
    try:
        name, role = node.get_name() or "", role_of(node)
    except GLib.Error:
        return False
    if "role" in request and request["role"] != role:
        return False
    if "name" in request and request["name"] != name:
        return False
    return request.get("part", "") in name


def find(application, request):
    root = program(application)
    if root is None:
        return None
    return next((node for node in nodes(root) if fits(node, request)), None)


heard = []
forgotten = 0


def listen():
    """Announcements are events: they come while the main context is turned."""

    def take(event):
        heard.append(str(event.any_data))

    listener = Atspi.EventListener.new(take)
    listener.register("object:announcement")
    return listener


def turn():
    while GLib.MainContext.default().iteration(False):
        pass


def hear(request):
    """The first announcement with this part that comes after the one that was asked for before."""
    global forgotten
    until = time.monotonic() + request.get("seconds", 10)
    while True:
        turn()
        for index in range(forgotten, len(heard)):
            if request["part"] in heard[index]:
                forgotten = index + 1
                return {"words": heard[index]}
        if time.monotonic() > until:
            return {"error": f"{request}: nothing like it was announced, only {heard}", "tree": []}
        time.sleep(0.02)


def focused(application):
    root = program(application)
    for node in nodes(root) if root else []:
        try:
            if node.get_state_set().contains(Atspi.StateType.FOCUSED) and role_of(node) != "frame":
                return describe(node)
        except GLib.Error:
            continue
    return {}


def describe(node):
    states = node.get_state_set()
    return {
        "name": node.get_name(),
        "role": role_of(node),
        "enabled": states.contains(Atspi.StateType.ENABLED) or states.contains(Atspi.StateType.SENSITIVE),
        "focused": states.contains(Atspi.StateType.FOCUSED),
        "checked": states.contains(Atspi.StateType.CHECKED),
    }


def tree(application):
    root, described = program(application), []
    for node in nodes(root) if root else []:
        try:
            described.append(describe(node))
        except GLib.Error:
            continue  # It went away while it was looked at.
    return described


def has_focus(node):
    """Asks for the focus, and waits until it is there: keys that come earlier go elsewhere."""
    if not node.grab_focus():
        return False
    until = time.monotonic() + 2
    # A window without the keyboard has no focus to tell of.
    while not describe(node)["focused"] and time.monotonic() < until:
        time.sleep(0.02)
    return True


def press(node):
    """Does what a click does. A row is marked by it: keys that come earlier go to no row."""
    if not node.get_n_actions() or not node.do_action(0):
        return False
    until = time.monotonic() + 5
    while role_of(node) == "table row" and not describe(node)["checked"] and time.monotonic() < until:
        time.sleep(0.02)
    return True


def act(application, request):
    if request["do"] == "tree":
        return {"tree": tree(application)}
    if request["do"] == "hear":
        return hear(request)
    if request["do"] == "heard":
        turn()
        return {"words": heard}
    if request["do"] == "focused":
        return focused(application)
    until = time.monotonic() + request.get("seconds", 10)
    while True:
        found, problem = None, "nothing like it in the window"
        try:
            found = find(application, request)
            if request["do"] == "gone" and found is None:
                return {}
            if found is not None and request["do"] == "wait":
                return describe(found)
            if found is not None and request["do"] == "click":
                if not describe(found)["enabled"]:
                    problem = "it is disabled"
                elif press(found):
                    return describe(found)
            if found is not None and request["do"] == "focus" and has_focus(found):
                return describe(found)
        except GLib.Error as error:
            problem = str(error)
        if time.monotonic() > until:
            return {"error": f"{request}: {problem if found is None or request['do'] != 'gone' else 'still there'}",
                    "tree": tree(application)}
        time.sleep(0.05)


def main():
    application = sys.argv[1]
    enable_accessibility()
    _listener = listen()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        try:
            answer = act(application, json.loads(line))
        except Exception as error:  # The test shall read of it, whatever it is.
            answer = {"error": repr(error), "tree": []}
        print(json.dumps(answer), flush=True)


main()
