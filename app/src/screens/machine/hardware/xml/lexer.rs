//! What the parts of a line of XML are, for its colours. It knows no rules: a text that is being typed is wrong most of
//! the time, and its colours should not jump about.

/// A part of the text that has a colour of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Text,
    /// `<`, `/>`, `=`.
    Sign,
    Element,
    Attribute,
    Value,
    Comment,
    Reference,
    /// `<?xml ?>`, a DOCTYPE, the marks of CDATA.
    Instruction,
    /// What stands for a secret.
    Marker,
}

/// What a line begins in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Within {
    #[default]
    Content,
    /// Behind the name of a tag.
    Tag,
    /// A value that this sign closes.
    Value(u8),
    Comment,
    Data,
    Instruction,
    Doctype,
}

/// Where a part ends, in bytes of the line, and what it is.
pub(super) type Part = (usize, Class);

const MARKER: &str = libvirt_backend::xml::redact::MARKER;

/// The parts of a line, and what the next one begins in.
pub(super) fn parts(line: &str, within: Within) -> (Vec<Part>, Within) {
    let mut lexer = Lexer {
        line,
        at: 0,
        within,
        parts: Vec::new(),
    };
    while lexer.at < line.len() {
        lexer.step();
    }
    (lexer.parts, lexer.within)
}

struct Lexer<'a> {
    line: &'a str,
    at: usize,
    within: Within,
    parts: Vec<Part>,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.line[self.at..]
    }

    /// The next so many bytes are of this class.
    fn take(&mut self, length: usize, class: Class) {
        if length == 0 {
            return;
        }
        self.at += length;
        match self.parts.last_mut() {
            Some((end, last)) if *last == class => *end = self.at,
            _ => self.parts.push((self.at, class)),
        }
    }

    fn step(&mut self) {
        match self.within {
            Within::Content => self.content(),
            Within::Tag => self.tag(),
            Within::Value(quote) => self.value(quote),
            Within::Comment => self.until("-->", Class::Comment),
            Within::Data => self.data(),
            Within::Instruction => self.until("?>", Class::Instruction),
            Within::Doctype => self.until(">", Class::Instruction),
        }
    }

    /// To the sign that ends it, or to the end of the line.
    fn until(&mut self, end: &str, class: Class) {
        if let Some(length) = self.rest().find(end) {
            self.within = Within::Content;
            self.take(length + end.len(), class);
        } else {
            self.take(self.rest().len(), class);
        }
    }

    fn data(&mut self) {
        let length = self.rest().find("]]>").unwrap_or_else(|| self.rest().len());
        self.take(length, Class::Text);
        if self.rest().starts_with("]]>") {
            self.within = Within::Content;
            self.take(3, Class::Instruction);
        }
    }

    fn content(&mut self) {
        const BEGINNINGS: [(&str, Within, Class); 4] = [
            ("<!--", Within::Comment, Class::Comment),
            ("<![CDATA[", Within::Data, Class::Instruction),
            ("<?", Within::Instruction, Class::Instruction),
            ("<!", Within::Doctype, Class::Instruction),
        ];
        let rest = self.rest();
        if let Some(&(sign, within, class)) = BEGINNINGS.iter().find(|(sign, ..)| rest.starts_with(sign)) {
            self.within = within;
            self.take(sign.len(), class);
        } else if rest.starts_with('<') {
            let sign = if rest.starts_with("</") { 2 } else { 1 };
            let name = length_of_name(&rest[sign..]);
            self.within = Within::Tag;
            self.take(sign, Class::Sign);
            self.take(name, Class::Element);
        } else {
            let length = rest.find('<').unwrap_or(rest.len());
            self.words(length, Class::Text);
        }
    }

    fn tag(&mut self) {
        let rest = self.rest();
        let first = rest.as_bytes().first().copied().unwrap_or(b' ');
        match first {
            b'"' | b'\'' => {
                self.within = Within::Value(first);
                self.take(1, Class::Value);
            }
            b'>' => {
                self.within = Within::Content;
                self.take(1, Class::Sign);
            }
            b'/' | b'=' | b' ' | b'\t' | b'\r' => self.take(1, Class::Sign),
            // A tag that nothing closed: the next one begins.
            b'<' => self.within = Within::Content,
            _ => {
                let name = length_of_name(rest).max(rest.chars().next().map_or(1, char::len_utf8));
                self.take(name, Class::Attribute);
            }
        }
    }

    fn value(&mut self, quote: u8) {
        let rest = self.rest();
        // A `<` stands in no value: its quote was forgotten.
        let end = rest.bytes().position(|byte| byte == quote || byte == b'<');
        let length = end.unwrap_or(rest.len());
        self.words(length, Class::Value);
        match end.and_then(|_| self.rest().bytes().next()) {
            Some(b'<') => self.within = Within::Content,
            Some(_) => {
                self.within = Within::Tag;
                self.take(1, Class::Value);
            }
            None => {}
        }
    }

    /// So many bytes of this class but for references and markers.
    fn words(&mut self, length: usize, class: Class) {
        let end = self.at + length;
        while self.at < end {
            let rest = &self.line[self.at..end];
            if rest.starts_with(MARKER) {
                self.take(MARKER.len(), Class::Marker);
            } else if rest.starts_with('&')
                && let Some(semicolon) = rest.find(';')
            {
                self.take(semicolon + 1, Class::Reference);
            } else {
                let first = rest.chars().next().map_or(1, char::len_utf8);
                let plain = rest[first..].find(['&', '[']).map_or(rest.len(), |at| at + first);
                self.take(plain, class);
            }
        }
    }
}

fn length_of_name(text: &str) -> usize {
    text.find(|letter: char| letter.is_whitespace() || "<>/='\"".contains(letter))
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The texts of one class, line by line.
    fn of(text: &str, class: Class) -> Vec<String> {
        let mut within = Within::default();
        let mut found = Vec::new();
        for line in text.lines() {
            let (parts, next) = parts(line, within);
            within = next;
            let mut start = 0;
            for (end, kind) in parts {
                if kind == class {
                    found.push(line[start..end].to_owned());
                }
                start = end;
            }
        }
        found
    }

    #[test]
    fn names_values_and_comments_are_told_apart_also_over_several_lines() {
        let text = "<?xml version='1.0'?>\n<a b='1'\n   c=\"x > y\">t &amp; u<!-- two\nlines --><qemu:d/></a>\n";
        assert_eq!(of(text, Class::Element), ["a", "qemu:d", "a"]);
        assert_eq!(of(text, Class::Attribute), ["b", "c"]);
        assert_eq!(of(text, Class::Value), ["'1'", "\"x > y\""]);
        assert_eq!(of(text, Class::Comment), ["<!-- two", "lines -->"]);
        assert_eq!(of(text, Class::Reference), ["&amp;"]);
        assert_eq!(of(text, Class::Text), ["t ", " u"]);
    }

    #[test]
    fn what_stands_for_a_secret_is_seen() {
        let text = "<graphics passwd='[removed]' a='[x]'/><password>[removed]</password>";
        assert_eq!(of(text, Class::Marker), ["[removed]", "[removed]"]);
        assert_eq!(of(text, Class::Value), ["'", "'", "'[x]'"]);
    }

    #[test]
    fn a_forgotten_quote_does_not_colour_the_rest_of_the_text() {
        let text = "<a b='1>\n<c d='2'/>\n";
        assert_eq!(of(text, Class::Element), ["a", "c"]);
    }

    proptest! {
        #[test]
        fn every_byte_of_any_line_is_in_exactly_one_part(line in "[<>/='\"!?&;a \\[\\]\u{e9}-]{0,40}") {
            let mut within = Within::default();
            for _ in 0..2 {
                let (parts, next) = parts(&line, within);
                let ends: Vec<usize> = parts.iter().map(|part| part.0).collect();
                prop_assert!(ends.is_sorted_by(|a, b| a < b));
                prop_assert_eq!(ends.last().copied().unwrap_or(0), line.len());
                prop_assert!(ends.iter().all(|&end| line.is_char_boundary(end)));
                within = next;
            }
        }
    }
}
