//! `<interface>`.

use super::super::{Form, Group, Key, Kind, Scope, Stored};
use super::{AT_LEAST_ONE, COUNT, LINE, ON_OFF, PATH, YES_NO, group, p, scope};

pub(super) const INTERFACE: Scope = scope(
    "interface",
    "devices/interface",
    Key::At("mac@address"),
    &[WHAT, SOURCE, DRIVER, BANDWIDTH],
);

const WHAT: Group = group(
    "interface",
    &[
        p(
            "model",
            "model@type",
            Kind::Choice(&[
                "virtio",
                "virtio-transitional",
                "virtio-non-transitional",
                "e1000e",
                "e1000",
                "igb",
                "rtl8139",
                "ne2k_pci",
                "pcnet",
                "vmxnet3",
                "usb-net",
            ]),
        ),
        p("mac", "mac@address", Kind::Text(Form::Mac)),
        p("link", "link@state", Kind::Choice(&["up", "down"])),
        p("mtu", "mtu@size", Kind::Integer(68, 65_535)),
        p("boot", "boot@order", AT_LEAST_ONE),
        p("rom.enabled", "rom@enabled", YES_NO),
        p("rom.bar", "rom@bar", ON_OFF),
        p("rom.file", "rom@file", PATH),
        p("isolated", "port@isolated", YES_NO),
        p("vlan.trunk", "vlan@trunk", YES_NO),
        p("filter", "filterref@filter", LINE),
        p("target", "target@dev", LINE),
        p("target.managed", "target@managed", YES_NO),
        p("trustGuestRxFilters", "@trustGuestRxFilters", YES_NO),
    ],
);

const SOURCE: Group = group(
    "interface_source",
    &[
        p(
            "type",
            "@type",
            Kind::Choice(&[
                "user",
                "network",
                "bridge",
                "direct",
                "ethernet",
                "hostdev",
                "internal",
                "vhostuser",
                "vdpa",
                "udp",
                "server",
                "client",
                "mcast",
                "null",
                "vds",
            ]),
        ),
        p("source.network", "source@network", LINE),
        p("source.portgroup", "source@portgroup", LINE),
        p("source.bridge", "source@bridge", LINE),
        p("source.dev", "source@dev", LINE),
        p(
            "source.mode",
            "source@mode",
            Kind::Choice(&["vepa", "bridge", "private", "passthrough", "server", "client"]),
        ),
        p("backend", "backend@type", Kind::Choice(&["default", "passt"])),
        p("backend.logFile", "backend@logFile", PATH),
        p("virtualport", "virtualport@type", LINE),
        p("script", "script@path", LINE),
        p("downscript", "downscript@path", LINE),
    ],
);

const DRIVER: Group = group(
    "interface_driver",
    &[
        p("driver", "driver@name", Kind::Choice(&["vhost", "qemu"])),
        p("queues", "driver@queues", AT_LEAST_ONE),
        p("rx_queue_size", "driver@rx_queue_size", AT_LEAST_ONE),
        p("tx_queue_size", "driver@tx_queue_size", AT_LEAST_ONE),
        p("txmode", "driver@txmode", Kind::Choice(&["iothread", "timer"])),
        p("ioeventfd", "driver@ioeventfd", ON_OFF),
        p("event_idx", "driver@event_idx", ON_OFF),
        p("iommu", "driver@iommu", ON_OFF),
        p("ats", "driver@ats", ON_OFF),
        p("packed", "driver@packed", ON_OFF),
        p("page_per_vq", "driver@page_per_vq", ON_OFF),
        p("rss", "driver@rss", ON_OFF),
        p("rss_hash_report", "driver@rss_hash_report", ON_OFF),
        p("coalesce", "coalesce/rx/frames@max", COUNT),
    ],
);

const fn inside(counted: usize) -> Key {
    Key::Inside {
        device: "mac@address",
        counted,
    }
}

const FAMILY: Kind = Kind::Choice(&["ipv4", "ipv6"]);
const PREFIX: Kind = Kind::Integer(0, 128);
const A_PORT: Kind = Kind::Integer(1, 65_535);

/// Ports of the host that lead to the guest; passt does it.
pub(super) const FORWARD: Scope = scope(
    "interface.forward",
    "devices/interface/portForward",
    inside(1),
    &[group(
        "forward",
        &[
            p("proto", "@proto", Kind::Choice(&["tcp", "udp"])),
            p("address", "@address", LINE),
            p("dev", "@dev", LINE),
        ],
    )],
);

/// By the forward's number, then its own.
pub(super) const FORWARD_RANGE: Scope = scope(
    "interface.forward.range",
    "devices/interface/portForward/range",
    inside(2),
    &[group(
        "forward_range",
        &[
            p("start", "@start", A_PORT),
            p("end", "@end", A_PORT),
            p("to", "@to", A_PORT),
            p("exclude", "@exclude", YES_NO),
        ],
    )],
);

/// The guest's addresses.
pub(super) const ADDRESS: Scope = scope(
    "interface.ip",
    "devices/interface/ip",
    inside(1),
    &[group(
        "interface_ip",
        &[
            p("address", "@address", LINE),
            p("family", "@family", FAMILY),
            p("prefix", "@prefix", PREFIX),
            p("peer", "@peer", LINE),
        ],
    )],
);

pub(super) const ROUTE: Scope = scope(
    "interface.route",
    "devices/interface/route",
    inside(1),
    &[group(
        "interface_route",
        &[
            p("address", "@address", LINE),
            p("family", "@family", FAMILY),
            p("prefix", "@prefix", PREFIX),
            p("netmask", "@netmask", LINE),
            p("gateway", "@gateway", LINE),
            p("metric", "@metric", COUNT),
        ],
    )],
);

pub(super) const VLAN_TAG: Scope = scope(
    "interface.vlan",
    "devices/interface/vlan/tag",
    inside(1),
    &[group(
        "vlan_tag",
        &[
            p("id", "@id", Kind::Integer(0, 4_095)),
            p("nativeMode", "@nativeMode", Kind::Choice(&["tagged", "untagged"])),
        ],
    )],
);

/// Kilobytes, each second where it is a speed.
const KILOBYTES: Kind = Kind::Size(Stored::Plain("KB"));

const BANDWIDTH: Group = group(
    "bandwidth",
    &[
        p("bandwidth.inbound.average", "bandwidth/inbound@average", KILOBYTES),
        p("bandwidth.inbound.peak", "bandwidth/inbound@peak", KILOBYTES),
        p("bandwidth.inbound.burst", "bandwidth/inbound@burst", KILOBYTES),
        p("bandwidth.inbound.floor", "bandwidth/inbound@floor", KILOBYTES),
        p("bandwidth.outbound.average", "bandwidth/outbound@average", KILOBYTES),
        p("bandwidth.outbound.peak", "bandwidth/outbound@peak", KILOBYTES),
        p("bandwidth.outbound.burst", "bandwidth/outbound@burst", KILOBYTES),
    ],
);
