//! Names in the order people expect: `web-2` before `web-10`, capitals as small letters.

use std::cmp::Ordering;

pub fn compare_natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (Some(x), Some(y)) = (left.chars().next(), right.chars().next()) else {
            return left.len().cmp(&right.len()).then_with(|| a.cmp(b));
        };
        if x.is_ascii_digit() && y.is_ascii_digit() {
            let (x, rest_x) = split_number(left);
            let (y, rest_y) = split_number(right);
            let order = x.len().cmp(&y.len()).then_with(|| x.cmp(y));
            if order.is_ne() {
                return order;
            }
            (left, right) = (rest_x, rest_y);
            continue;
        }
        let order = x.to_lowercase().cmp(y.to_lowercase());
        if order.is_ne() {
            return order;
        }
        (left, right) = (
            left.get(x.len_utf8()..).unwrap_or_default(),
            right.get(y.len_utf8()..).unwrap_or_default(),
        );
    }
}

/// The digits at the start without leading zeros, and what follows them.
fn split_number(text: &str) -> (&str, &str) {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(end);
    (digits.trim_start_matches('0'), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count_as_numbers() {
        let mut names = ["web-10", "Web-2", "web-1", "db", "web-02b", "机器-3", "机器-20"];
        names.sort_by(|a, b| compare_natural(a, b));
        assert_eq!(
            names,
            ["db", "web-1", "Web-2", "web-02b", "web-10", "机器-3", "机器-20"]
        );
    }
}
