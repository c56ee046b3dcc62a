"""Asks a window of an X server to close, as the cross in a window manager's frame does. Argument: a part of its title."""

import ctypes
import subprocess
import sys

PROTOCOLS, DELETE = b"WM_PROTOCOLS", b"WM_DELETE_WINDOW"
CLIENT_MESSAGE = 33


class ClientMessage(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
    ]


class Event(ctypes.Union):
    _fields_ = [("client", ClientMessage), ("padding", ctypes.c_long * 24)]


def main():
    search = ["xdotool", "search", "--onlyvisible", "--name", sys.argv[1]]
    window = int(subprocess.run(search, check=True, capture_output=True, text=True).stdout.split()[-1])
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XInternAtom.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    x11.XInternAtom.restype = ctypes.c_ulong
    x11.XSendEvent.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
    x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
    display = x11.XOpenDisplay(None)
    event = Event()
    event.client.type = CLIENT_MESSAGE
    event.client.window = window
    event.client.message_type = x11.XInternAtom(display, PROTOCOLS, 0)
    event.client.format = 32
    event.client.data[0] = x11.XInternAtom(display, DELETE, 0)
    if not x11.XSendEvent(display, window, 0, 0, ctypes.byref(event)):
        sys.exit("the window could not be told")
    # Everything that was sent arrives before the connection ends.
    x11.XCloseDisplay(display)


main()
