//! Sets of processors as libvirt writes them: `0-3,^2`.

use std::collections::BTreeSet;

/// Larger numbers are nobody's processors.
const MOST: u32 = 16_383;

/// `None`: not a set. Whatever is taken out by `^` is out, wherever it stands.
pub fn parse(text: &str) -> Option<BTreeSet<u32>> {
    let mut set = BTreeSet::new();
    let mut out = Vec::new();
    for part in text.split(',') {
        let part = part.trim();
        if let Some(number) = part.strip_prefix('^') {
            out.push(processor(number)?);
            continue;
        }
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (processor(first)?, processor(last)?);
        if first > last {
            return None;
        }
        set.extend(first..=last);
    }
    set.retain(|number| !out.contains(number));
    Some(set)
}

fn processor(text: &str) -> Option<u32> {
    let text = text.trim();
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_plain && *number <= MOST)
}

/// As short as it can be.
pub fn write(set: &BTreeSet<u32>) -> String {
    let mut parts = Vec::new();
    let mut numbers = set.iter().copied().peekable();
    while let Some(first) = numbers.next() {
        let mut last = first;
        while numbers.next_if_eq(&(last + 1)).is_some() {
            last += 1;
        }
        parts.push(match last - first {
            0 => first.to_string(),
            1 => format!("{first},{last}"),
            _ => format!("{first}-{last}"),
        });
    }
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_read_as_libvirt_reads_it_and_written_short() {
        for (text, short) in [
            ("0", "0"),
            ("0-3,^2", "0,1,3"),
            ("^2,0-3", "0,1,3"),
            ("5, 4 ,3,9", "3-5,9"),
            ("0-3", "0-3"),
        ] {
            assert_eq!(write(&parse(text).unwrap()), short, "{text}");
        }
        assert_eq!(write(&BTreeSet::new()), "");
    }

    #[test]
    fn what_is_no_set_is_refused_and_nothing_is_made_of_huge_numbers() {
        for text in ["", "a", "3-1", "0-4294967295", "-1", "1,,2", "^", "+1"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
