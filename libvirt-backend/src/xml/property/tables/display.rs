//! What the guest shows and plays.

use super::super::{Key, Kind, Scope};
use super::{AT_LEAST_ONE, BYTE, COUNT, KIB, LINE, ON_OFF, PATH, PORT, YES_NO, group, p, scope};

/// By its kind: `graphics.vnc.port`.
pub(super) const GRAPHICS: Scope = scope(
    "graphics",
    "devices/graphics",
    Key::At("@type"),
    &[
        group(
            "graphics",
            &[
                p(
                    "type",
                    "@type",
                    Kind::Choice(&["vnc", "dbus", "spice", "sdl", "egl-headless", "rdp"]),
                ),
                p("port", "@port", PORT),
                p("autoport", "@autoport", YES_NO),
                p("tlsPort", "@tlsPort", PORT),
                p("websocket", "@websocket", PORT),
                p("socket", "@socket", PATH),
                p("listen", "@listen", LINE),
                p(
                    "listen.type",
                    "listen@type",
                    Kind::Choice(&["none", "address", "network", "socket"]),
                ),
                p("listen.address", "listen@address", LINE),
                p("listen.network", "listen@network", LINE),
                p("listen.socket", "listen@socket", PATH),
                p("password", "@passwd", LINE).secret(),
                p("password.validTo", "@passwdValidTo", LINE),
                p(
                    "password.connected",
                    "@connected",
                    Kind::Choice(&["keep", "disconnect", "fail"]),
                ),
                p(
                    "sharePolicy",
                    "@sharePolicy",
                    Kind::Choice(&["allow-exclusive", "force-shared", "ignore"]),
                ),
                p("keymap", "@keymap", LINE),
                p("p2p", "@p2p", YES_NO),
                p("address", "@address", LINE),
                p("powerControl", "@powerControl", YES_NO),
            ],
        ),
        group(
            "graphics_gl",
            &[
                p("gl", "gl@enable", YES_NO),
                p("gl.rendernode", "gl@rendernode", PATH),
                p("audio", "audio@id", BYTE),
                p(
                    "image.compression",
                    "image@compression",
                    Kind::Choice(&["auto_glz", "auto_lz", "quic", "glz", "lz", "off"]),
                ),
                p("clipboard.copypaste", "clipboard@copypaste", YES_NO),
                p("filetransfer.enable", "filetransfer@enable", YES_NO),
                p("mouse.mode", "mouse@mode", Kind::Choice(&["server", "client"])),
                p(
                    "streaming.mode",
                    "streaming@mode",
                    Kind::Choice(&["filter", "all", "off"]),
                ),
            ],
        ),
    ],
);

pub(super) const VIDEO: Scope = scope(
    "video",
    "devices/video",
    Key::Alias,
    &[group(
        "video",
        &[
            p(
                "model",
                "model@type",
                Kind::Choice(&[
                    "virtio", "vga", "qxl", "bochs", "ramfb", "cirrus", "vmvga", "none", "gop",
                ]),
            ),
            p("primary", "model@primary", YES_NO),
            p("heads", "model@heads", AT_LEAST_ONE),
            p("vram", "model@vram", KIB),
            p("ram", "model@ram", KIB),
            p("vgamem", "model@vgamem", KIB),
            p("vram64", "model@vram64", KIB),
            p("blob", "model@blob", ON_OFF),
            p("accel3d", "model/acceleration@accel3d", YES_NO),
            p("accel2d", "model/acceleration@accel2d", YES_NO),
            p("rendernode", "model/acceleration@rendernode", PATH),
            p("resolution.x", "model/resolution@x", COUNT),
            p("resolution.y", "model/resolution@y", COUNT),
            p("driver", "driver@name", Kind::Choice(&["qemu", "vhostuser"])),
            p("vgaconf", "driver@vgaconf", Kind::Choice(&["io", "on", "off"])),
        ],
    )],
);

pub(super) const SOUND: Scope = scope(
    "sound",
    "devices/sound",
    Key::Alias,
    &[group(
        "sound",
        &[
            p(
                "model",
                "@model",
                Kind::Choice(&[
                    "ich9", "virtio", "usb", "ich6", "ich7", "ac97", "es1370", "sb16", "pcspk",
                ]),
            ),
            p("multichannel", "@multichannel", YES_NO),
            p("streams", "@streams", COUNT),
            p("audio", "audio@id", BYTE),
            p("codec", "codec@type", Kind::Choice(&["duplex", "micro", "output"])),
        ],
    )],
);

/// Where the sound goes on the host.
pub(super) const AUDIO: Scope = scope(
    "audio",
    "devices/audio",
    Key::At("@id"),
    &[group(
        "audio",
        &[
            p(
                "type",
                "@type",
                Kind::Choice(&[
                    "pipewire",
                    "pulseaudio",
                    "alsa",
                    "jack",
                    "sdl",
                    "spice",
                    "dbus",
                    "oss",
                    "coreaudio",
                    "file",
                    "none",
                ]),
            ),
            p("id", "@id", BYTE),
            p("serverName", "@serverName", LINE),
            p("runtimeDir", "@runtimeDir", PATH),
            p("timerPeriod", "@timerPeriod", COUNT),
            p("path", "@path", PATH),
        ],
    )],
);
