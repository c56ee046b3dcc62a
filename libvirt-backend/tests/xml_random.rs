//! Random documents and random edits: what was not edited stays as it was, to the byte.

use libvirt_backend::xml::{Document, NodeId};
use proptest::prelude::*;

/// Anything between markup: text, references, comments, CDATA, instructions, white space.
fn filling() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ \t\n\r]{0,5}",
        "[a-zA-Z0-9 é名.;#=/'\"\n]{0,12}",
        Just("&amp;&#65;&#x1F42E;&quot;".to_owned()),
        "[a-z <>&'\"\n]{0,10}".prop_map(|inner| format!("<!--{inner}-->")),
        "[a-z <>&\n]{0,10}".prop_map(|inner| format!("<![CDATA[{inner}]]>")),
        "[a-z<>& \n]{0,8}".prop_map(|inner| format!("<?pi {inner}?>")),
    ]
}

fn attributes() -> impl Strategy<Value = String> {
    let attribute = (
        "[ \n\t]{1,3}",
        prop_oneof![Just("="), Just(" = "), Just("\n=")],
        "[a-z é>&]{0,8}",
        any::<bool>(),
    );
    prop::collection::vec(attribute, 0..4).prop_map(|list| {
        let written = list
            .into_iter()
            .enumerate()
            .map(|(index, (lead, equals, value, is_single))| {
                let quote = if is_single { '\'' } else { '"' };
                let value = value.replace('&', "&lt;");
                format!("{lead}a{index}{equals}{quote}{value}{quote}")
            });
        written.collect()
    })
}

fn element() -> impl Strategy<Value = String> {
    let name = prop_oneof!["[a-d]", Just("x:e".to_owned()), Just("é-1".to_owned())];
    let leaf = (name.clone(), attributes(), prop_oneof![Just("/>"), Just(" />")])
        .prop_map(|(name, attributes, end)| format!("<{name}{attributes}{end}"));
    leaf.prop_recursive(5, 60, 5, move |inner| {
        let part = prop_oneof![filling(), inner];
        (
            name.clone(),
            attributes(),
            prop::collection::vec(part, 0..6),
            "[ \n]{0,2}",
        )
            .prop_map(|(name, attributes, parts, space)| {
                let inside = parts.concat();
                format!("<{name}{attributes}{space}>{inside}</{name}{space}>")
            })
    })
}

fn document() -> impl Strategy<Value = String> {
    let head = prop_oneof![
        Just(""),
        Just("<?xml version='1.0'?>\n"),
        Just("<!-- head -->"),
        Just("\u{FEFF}"),
        Just("<!DOCTYPE a [<!ENTITY e 'x'>]>\n"),
    ];
    let tail = prop_oneof![Just(""), Just("\n"), Just("\n<!-- tail -->\n")];
    (head, element(), tail).prop_map(|(head, root, tail)| format!("{head}{root}{tail}"))
}

/// One element a line, indented, as libvirt writes.
fn tidy_document() -> impl Strategy<Value = String> {
    prop::collection::vec(("[a-d]", 0..4_usize, "[a-z]{0,5}"), 1..20).prop_map(|rows| {
        let mut lines = vec!["<domain>".to_owned()];
        for (name, kind, text) in rows {
            match kind {
                0 => lines.push(format!("  <{name}/>")),
                1 => lines.push(format!("  <{name} v='{text}'>{text}</{name}> <!-- {text} -->")),
                2 => lines.push(format!("  <!-- {name} -->")),
                _ => lines.extend([
                    format!("  <{name}>"),
                    format!("    <e v=\"{text}\"/>"),
                    format!("  </{name}>"),
                ]),
            }
        }
        lines.push("</domain>".to_owned());
        lines.join("\n")
    })
}

fn nodes(document: &Document) -> Vec<NodeId> {
    document.descendants(document.root()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_document_comes_back(text in document()) {
        let document = Document::parse(&text).expect("well-formed");
        prop_assert_eq!(document.to_string(), text);
    }

    #[test]
    fn no_text_is_a_crash(text in "[<>/a='\"& !\\-\\[\\]?CDAT;#x0\n]{0,60}") {
        if let Ok(document) = Document::parse(&text) {
            prop_assert_eq!(document.to_string(), text);
        }
    }

    #[test]
    fn a_set_attribute_is_read_back_and_the_rest_stays(text in document(), at in any::<prop::sample::Index>(), value in "\\PC{0,10}") {
        let mut document = Document::parse(&text).expect("well-formed");
        let node = *at.get(&nodes(&document));
        let other: Vec<String> = nodes(&document).iter().filter(|&&n| n != node).map(|&n| format!("{:?}", document.attrs(n).collect::<Vec<_>>())).collect();
        let texts: Vec<String> = nodes(&document).iter().map(|&n| document.text(n).into_owned()).collect();
        document.set_attr(node, "a1", &value).expect("printable");
        let again = Document::parse(&document.to_string()).expect("still well-formed");
        let same = nodes(&again)[nodes(&document).iter().position(|&n| n == node).expect("there")];
        prop_assert_eq!(again.attr(same, "a1").expect("set"), value);
        let other_after: Vec<String> = nodes(&again).iter().filter(|&&n| n != same).map(|&n| format!("{:?}", again.attrs(n).collect::<Vec<_>>())).collect();
        prop_assert_eq!(other, other_after);
        let texts_after: Vec<String> = nodes(&again).iter().map(|&n| again.text(n).into_owned()).collect();
        prop_assert_eq!(texts, texts_after);
    }

    #[test]
    fn a_set_text_is_read_back(text in document(), at in any::<prop::sample::Index>(), value in "\\PC{1,10}") {
        let mut document = Document::parse(&text).expect("well-formed");
        let node = *at.get(&nodes(&document));
        let count = nodes(&document).len();
        document.set_text(node, &value).expect("printable");
        let again = Document::parse(&document.to_string()).expect("still well-formed");
        prop_assert_eq!(nodes(&again).len(), count);
        let same = nodes(&again)[nodes(&document).iter().position(|&n| n == node).expect("there")];
        let read = again.text(same);
        prop_assert_eq!(read.trim(), value.trim());
    }

    #[test]
    fn what_is_put_in_and_taken_out_leaves_no_trace(text in document(), at in any::<prop::sample::Index>()) {
        let mut document = Document::parse(&text).expect("well-formed");
        let parents: Vec<NodeId> = nodes(&document).into_iter().filter(|&n| document.elements(n).next().is_some()).collect();
        prop_assume!(!parents.is_empty());
        let parent = *at.get(&parents);
        let child = document.append_child(parent, "new").expect("a name");
        let with = document.to_string();
        prop_assert_eq!(with.replacen("<new/>", "", 1).replace(char::is_whitespace, ""), text.replace(char::is_whitespace, ""));
        document.remove(child);
        prop_assert_eq!(document.to_string(), text);
    }

    #[test]
    fn an_edit_in_a_tidy_document_touches_its_own_lines_only(
        text in tidy_document(), at in any::<prop::sample::Index>(), what in 0..4_usize,
    ) {
        let mut document = Document::parse(&text).expect("well-formed");
        let all = nodes(&document);
        let node = *at.get(&all);
        let own_lines = document.element_xml(node).lines().count();
        match what {
            0 => document.set_attr(node, "v", "other").expect("settable"),
            1 => { document.append_child(document.root(), "new").expect("a name"); }
            2 => { document.insert_child(document.root(), "new", &["a", "b"]).expect("a name"); }
            _ => document.remove(node),
        }
        let after = document.to_string();
        let (old, new): (Vec<&str>, Vec<&str>) = (text.lines().collect(), after.lines().collect());
        let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let room = old.len().min(new.len()) - start;
        let end = old.iter().rev().zip(new.iter().rev()).take(room).take_while(|(a, b)| a == b).count();
        let (gone, come) = (old.len() - start - end, new.len() - start - end);
        match what {
            0 => prop_assert!(gone <= 1 && come <= 1),
            1 | 2 => {
                prop_assert_eq!((gone, come), (0, 1));
                prop_assert_eq!(new[start].trim_start(), "<new/>");
                prop_assert!(new[start].starts_with("  <"));
            }
            _ if node == document.root() => prop_assert_eq!((gone, come), (0, 0)),
            // A comment behind it keeps its line.
            _ => prop_assert!(gone <= own_lines && come <= 1, "{} {} {}", gone, come, own_lines),
        }
    }
}
