//! The lossless document: what goes in comes out, and a change touches only its own bytes.

use std::fmt::Write as _;

use libvirt_backend::xml::{Document, XmlErrorKind};

const SAMPLE: &str = r#"<?xml version="1.0" encoding='utf-8' ?>
<!-- before -->
<!DOCTYPE domain [ <!ENTITY lol "lol ]>"> <!-- ' --> ]>
<domain type = 'kvm'   id="1"
    xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0' >
  <name>it&apos;s &lt;&#65;&#x42;&gt; &lol;</name >
  <description><![CDATA[<raw> & ]] ]]> and text</description>
	<memory unit="KiB">  1024 </memory> <!-- why -->
  <empty/><empty /><empty></empty>
  <?pi some data?>
  <devices>
    <disk/>

    <disk><target dev='vda'/></disk>
  </devices>
  <qemu:commandline>
    <qemu:arg value='a&quot;b&#10;c'/>
  </qemu:commandline>
</domain>
<!-- after -->

"#;

fn parse(text: &str) -> Document {
    Document::parse(text).expect("well-formed")
}

/// The lines that differ: those of `old`, those of `new`.
fn changed_lines<'a>(old: &'a str, new: &'a str) -> (Vec<&'a str>, Vec<&'a str>) {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same_start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - same_start;
    let ends = old.iter().rev().zip(new.iter().rev());
    let same_end = ends.take(rest).take_while(|(a, b)| a == b).count();
    (
        old[same_start..old.len() - same_end].to_vec(),
        new[same_start..new.len() - same_end].to_vec(),
    )
}

#[test]
fn every_byte_comes_back() {
    for text in [
        SAMPLE,
        &SAMPLE.replace('\n', "\r\n"),
        "\u{FEFF}<a/>",
        "<a/>",
        "<a>\r</a>",
        "<a b=''\n\tc = \"'\"></a\t>",
        "<é名前 ü='ö'>\u{10000}</é名前>",
        "<a>]]</a>",
        "<!DOCTYPE a SYSTEM \"x>y\"><a/>",
        "<a><!----></a>",
    ] {
        assert_eq!(parse(text).to_string(), text);
    }
}

#[test]
fn values_are_read_as_a_program_means_them() {
    let document = parse(SAMPLE);
    let root = document.root();
    assert_eq!(document.text_at(root, "name").unwrap(), "it's <AB> &lol;");
    assert_eq!(document.text_at(root, "description").unwrap(), "<raw> & ]]  and text");
    assert_eq!(document.attr(root, "type").unwrap(), "kvm");
    assert_eq!(document.attr(root, "absent"), None);
    let disks = document.find_all(root, "devices/disk");
    assert_eq!(disks.len(), 2);
    assert_eq!(document.attr_at(disks[1], "target", "dev").unwrap(), "vda");
    let commandline = document.child(root, "qemu:commandline").unwrap();
    let uri = "http://libvirt.org/schemas/domain/qemu/1.0";
    assert_eq!(document.namespace(commandline).unwrap(), uri);
    assert_eq!(document.child_in(root, uri, "commandline"), Some(commandline));
    let arg = document.child_in(commandline, uri, "arg").unwrap();
    assert_eq!(document.attr(arg, "value").unwrap(), "a\"b\nc");
    assert_eq!(document.parent(arg), Some(commandline));
    assert_eq!(document.parent(root), None);
}

#[test]
fn a_changed_value_changes_only_its_own_bytes() {
    let mut document = parse(SAMPLE);
    let root = document.root();
    let memory = document.child(root, "memory").unwrap();
    document.set_text(memory, "2048").unwrap();
    document.set_attr(root, "id", "\"2'").unwrap();
    let expected = SAMPLE
        .replace(">  1024 </memory>", ">2048</memory>")
        .replace("id=\"1\"", "id=\"&quot;2'\"");
    assert_eq!(document.to_string(), expected);
}

#[test]
fn setting_what_is_there_already_changes_nothing() {
    let mut document = parse(SAMPLE);
    let root = document.root();
    for node in document.descendants(root).collect::<Vec<_>>() {
        let text = document.text(node).into_owned();
        let attrs: Vec<_> = document
            .attrs(node)
            .map(|(name, value)| (name.to_owned(), value.into_owned()))
            .collect();
        document.set_text(node, &text).unwrap();
        for (name, value) in attrs {
            document.set_attr(node, &name, &value).unwrap();
        }
    }
    assert_eq!(document.to_string(), SAMPLE);
}

#[test]
fn a_new_element_gets_a_line_like_its_siblings() {
    let mut document = parse(SAMPLE);
    let devices = document.child(document.root(), "devices").unwrap();
    let rng = document.append_child(devices, "rng").unwrap();
    document.set_attr(rng, "model", "virtio").unwrap();
    let backend = document.append_child(rng, "backend").unwrap();
    document.set_text(backend, "/dev/<&>").unwrap();
    let text = document.to_string();
    let (gone, new) = changed_lines(SAMPLE, &text);
    assert!(gone.is_empty(), "{gone:?}");
    let expected = [
        "    <rng model='virtio'>",
        "      <backend>/dev/&lt;&amp;&gt;</backend>",
        "    </rng>",
    ];
    assert_eq!(new, expected);
}

#[test]
fn a_new_element_goes_where_its_order_wants_it() {
    let text =
        "<domain>\n  <!-- n -->\n  <name>a</name> <!-- the name -->\n\n  <vcpu>1</vcpu>\n  <devices/>\n</domain>";
    let insert = |name: &str, after: &[&str]| {
        let mut document = parse(text);
        let root = document.root();
        document.insert_child(root, name, after).unwrap();
        document.to_string()
    };
    let after_name = insert("title", &["name", "uuid"]);
    assert_eq!(after_name, text.replace("the name -->\n", "the name -->\n  <title/>\n"));
    let first = insert("first", &["absent"]);
    assert_eq!(first, text.replace("<domain>\n", "<domain>\n  <first/>\n"));
    let last = insert("last", &["name", "devices"]);
    assert_eq!(last, text.replace("<devices/>\n", "<devices/>\n  <last/>\n"));
}

#[test]
fn elements_on_one_line_stay_on_it() {
    let mut document = parse("<domain><name>a</name><os/></domain>");
    let root = document.root();
    document.insert_child(root, "title", &["name"]).unwrap();
    let os = document.child(root, "os").unwrap();
    document.append_child(os, "type").unwrap();
    assert_eq!(
        document.to_string(),
        "<domain><name>a</name><title/><os><type/></os></domain>"
    );
}

#[test]
fn foreign_indentation_and_line_ends_are_taken_over() {
    let mut document = parse("<a>\r\n\t<b>\r\n\t\t<c/>\r\n\t</b>\r\n\t<d/>\r\n</a>\r\n");
    let d = document.find(document.root(), "d").unwrap();
    document.append_child(d, "e").unwrap();
    document.append_child(document.root(), "f").unwrap();
    assert_eq!(
        document.to_string(),
        "<a>\r\n\t<b>\r\n\t\t<c/>\r\n\t</b>\r\n\t<d>\r\n\t\t<e/>\r\n\t</d>\r\n\t<f/>\r\n</a>\r\n"
    );
}

#[test]
fn removing_takes_the_line_along_and_nothing_else() {
    let mut document = parse(SAMPLE);
    let root = document.root();
    for name in ["name", "memory", "empty"] {
        let node = document.child(root, name).unwrap();
        document.remove(node);
    }
    document.remove(root);
    let expected = SAMPLE
        .replace("  <name>it&apos;s &lt;&#65;&#x42;&gt; &lol;</name >\n", "")
        .replace("<memory unit=\"KiB\">  1024 </memory>", "")
        .replace("<empty/><empty />", "<empty />");
    assert_eq!(document.to_string(), expected);
}

#[test]
fn a_fragment_is_indented_to_its_place() {
    let mut document = parse(SAMPLE);
    let devices = document.find(document.root(), "devices").unwrap();
    let fragment = "<?xml version='1.0'?><rng model='virtio'>\n  <backend/>\n  <rate/>\n</rng>\n";
    document.insert_fragment(devices, fragment, &["disk"]).unwrap();
    let text = document.to_string();
    let (gone, new) = changed_lines(SAMPLE, &text);
    assert!(gone.is_empty(), "{gone:?}");
    let expected = [
        "    <rng model='virtio'>",
        "      <backend/>",
        "      <rate/>",
        "    </rng>",
    ];
    assert_eq!(new, expected);
    assert_eq!(parse(&text).to_string(), text);
}

#[test]
fn what_xml_cannot_hold_is_refused_and_nothing_changes() {
    let mut document = parse(SAMPLE);
    let root = document.root();
    for name in ["", "a b", "<x>", "1", "a:b:c", "x='1' y"] {
        assert!(document.append_child(root, name).is_err(), "{name:?}");
        assert!(document.set_attr(root, name, "v").is_err(), "{name:?}");
    }
    for value in ["\0", "a\u{1}", "\u{FFFE}"] {
        assert!(document.set_text(root, value).is_err());
        assert!(document.set_attr(root, "a", value).is_err());
        assert!(document.append_text_child(root, "a", value).is_err());
        assert!(document.append_with(root, "a", &[("b", value)]).is_err());
    }
    assert!(document.append_with(root, "a", &[("b c", "")]).is_err());
    assert!(document.insert_fragment(root, "<a>", &[]).is_err());
    assert_eq!(document.to_string(), SAMPLE);
}

#[test]
fn malformed_text_is_refused_with_its_place() {
    let place = |text: &str| {
        let error = Document::parse(text).unwrap_err();
        (error.line, error.column)
    };
    assert_eq!(place("<a>\n  <b></c>\n</a>"), (2, 6));
    assert_eq!(place("<a>\n é & x</a>"), (2, 4));
    assert_eq!(place("<a x='1' x='2'/>"), (1, 10));
    assert_eq!(place("<a/>\n\n<b/>"), (3, 1));
    let texts = "|a|<|<a|<a |<a b|<a b=|<a b='|<a b='1'|<a b=1/>|<a b='<'/>|<a b='1'c='2'/>|<a>|</a>|<a></b>|<a></a\
        |<a></a b='1'>|<a/><b/>|<a/>x|x<a/>|<a>&</a>|<a>&x</a>|<a>&x;</a>|<a>&#0;</a>|<a>&#xD800;</a>|<a>&#;</a>\
        |<a>&#99999999999;</a>|<a b='&x'/>|<a>]]></a>|<a>\0</a>|<a>\u{FFFF}</a>|<!-- a|<!-- a -- b --><a/>\
        |<a><![CDATA[</a>|<![CDATA[]]><a/>|<?xml?><a/>|<?xml version='2.0'?><a/>| <?xml version='1.0'?><a/>\
        |<a><?xml version='1.0'?></a>|<? x?><a/>|<a><?|<!DOCTYPE a|<!DOCTYPE a [ <a/>|<a/><!DOCTYPE a>|<!ELEMENT a><a/>\
        |<a 1='2'/>|<1/>|<a:b:c/>|< a/>|<a/ >|<a><b</a>|<a>é|<!|<a></";
    for text in texts.split('|') {
        let error = Document::parse(text).expect_err(text);
        assert!(error.line > 0 && error.column > 0, "{text:?}: {error}");
    }
}

#[test]
fn entities_are_never_expanded() {
    let mut text = "<!DOCTYPE a [<!ENTITY l0 'lol'>".to_owned();
    for level in 1..6 {
        let inner = format!("&l{};", level - 1).repeat(10);
        write!(text, "<!ENTITY l{level} '{inner}'>").unwrap();
    }
    text.push_str("]><a b='&l5;'>&l5;</a>");
    let document = parse(&text);
    assert_eq!(document.text(document.root()), "&l5;");
    assert_eq!(document.attr(document.root(), "b").unwrap(), "&l5;");
    assert_eq!(document.to_string(), text);
}

#[test]
fn entities_that_would_bury_a_reader_are_refused_where_they_are_used() {
    let mut text = "<!DOCTYPE a [<!ENTITY l0 'lol'>".to_owned();
    for level in 1..30 {
        let inner = format!("&l{};", level - 1).repeat(10);
        write!(text, "<!ENTITY l{level} '{inner}'>").unwrap();
    }
    text.push_str("]>\n<a>\n  &l29;</a>");
    let error = Document::parse(&text).expect_err("a bomb");
    assert_eq!((error.line, error.column), (3, 3), "{error}");
    let inside_itself = "<!DOCTYPE a [<!ENTITY a '&b;'><!ENTITY b '&a;'>]><a>&a;</a>";
    assert!(Document::parse(inside_itself).is_err());
}

#[test]
fn other_encodings_are_refused_in_words() {
    for text in [
        "<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
        "<?xml version='1.0' encoding='utf-16'?><a/>",
    ] {
        let error = Document::parse(text).expect_err(text).to_string();
        assert!(error.contains("UTF-8") && error.starts_with("line 1"), "{error}");
    }
    assert!(Document::parse("<?xml version='1.0' encoding='Utf-8'?><a/>").is_ok());
}

#[test]
fn depth_and_size_end_in_an_error_and_not_in_a_crash() {
    let deep = |levels: usize| format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels));
    let kept = parse(&deep(10_000));
    assert_eq!(kept.to_string(), deep(10_000));
    assert_eq!(kept.descendants(kept.root()).count(), 10_000);
    for text in [deep(100_000), "<a>".repeat(100_000)] {
        let error = Document::parse(&text).unwrap_err();
        assert_eq!(error.kind, XmlErrorKind::TooDeep { max: 10_000 });
    }
    let long = format!("<a>{}</a>", "x".repeat(17 << 20));
    let many = format!("<a>{}</a>", "<b/>".repeat(1 << 20));
    let attributes = format!("<a>{}</a>", "<b c='' d='' e='' f=''/>".repeat(220_000));
    for text in [long, many, attributes] {
        let error = Document::parse(&text).unwrap_err();
        assert!(matches!(error.kind, XmlErrorKind::TooLarge { .. }), "{error}");
    }
}

#[test]
fn many_attributes_are_no_quadratic_work() {
    let attributes = (0..50_000).fold("<a".to_owned(), |mut all, index| {
        write!(all, " a{index}=''").unwrap();
        all
    });
    let started = std::time::Instant::now();
    parse(&format!("{attributes}/>"));
    let error = Document::parse(&format!("{attributes} a7=''/>")).unwrap_err();
    assert_eq!(error.kind, XmlErrorKind::DuplicateAttribute("a7".to_owned()));
    assert!(started.elapsed().as_secs() < 10);
}
