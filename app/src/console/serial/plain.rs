//! History for a real terminal: what a guest said without what it ordered.

/// Text, line ends and colours of `bytes`.
///
/// Everything else that a guest may tell a terminal is left out: moving about and erasing makes no sense after the fact,
/// and a question would be answered into the guest of today.
pub fn without_orders(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            ESCAPE => {
                let order = order_of(after);
                if order.is_colour {
                    plain.push(ESCAPE);
                    plain.extend(after.iter().take(order.length));
                }
                rest = after.get(order.length..).unwrap_or_default();
            }
            b'\n' | b'\r' | b'\t' => plain.push(byte),
            0..0x20 | 0x7f => {}
            _ => plain.push(byte),
        }
    }
    plain
}

const ESCAPE: u8 = 0x1b;
const BELL: u8 = 0x07;

struct Order {
    length: usize,
    is_colour: bool,
}

/// What follows an escape. One that is cut off goes to the end.
fn order_of(after: &[u8]) -> Order {
    let is_final = |byte: &u8| (0x40..=0x7e).contains(byte);
    let until = |found: Option<usize>| found.map_or(after.len(), |at| at + 1);
    let mut is_colour = false;
    let length = match after.first() {
        Some(b'[') => {
            let end = after.iter().skip(1).position(is_final).map(|at| at + 1);
            is_colour = end.and_then(|end| after.get(end)) == Some(&b'm');
            until(end)
        }
        // Texts: to a bell, or to an escape, which begins the next.
        Some(b']' | b'P' | b'X' | b'^' | b'_') => match after.iter().position(|byte| matches!(*byte, BELL | ESCAPE)) {
            Some(at) if after.get(at) == Some(&BELL) => at + 1,
            Some(at) => at,
            None => after.len(),
        },
        // A character set and the like: two letters.
        Some(0x20..=0x2f) => after.len().min(2),
        // Another escape begins anew.
        None | Some(&ESCAPE) => 0,
        Some(_) => 1,
    };
    Order { length, is_colour }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        String::from_utf8(without_orders(text.as_bytes())).unwrap()
    }

    #[test]
    fn text_and_colours_stay_and_orders_and_questions_go() {
        assert_eq!(plain("login: 登录\r\n"), "login: 登录\r\n");
        assert_eq!(plain("\x1b[1;31mred\x1b[0m"), "\x1b[1;31mred\x1b[0m");
        assert_eq!(plain("a\x1b[2J\x1b[6n\x1b[c\x1b[?1049hb"), "ab");
        assert_eq!(plain("a\x1b]0;title\x07b\x1b]52;c;aGk=\x1b\\c"), "abc");
        assert_eq!(plain("a\x1bP+q544e\x1b\\b\x1b(Bc\x1b=d\x07"), "abcd");
    }

    #[test]
    fn what_is_cut_off_is_left_out() {
        assert_eq!(plain("a\x1b["), "a");
        assert_eq!(plain("a\x1b]0;never ends"), "a");
        assert_eq!(plain("a\x1b"), "a");
    }
}
