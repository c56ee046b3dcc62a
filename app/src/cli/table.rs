//! Tables on standard output, in columns whatever the script.

use unicode_width::UnicodeWidthStr as _;

use super::output::{Failure, print_line};

/// Between two columns.
const GAP: usize = 2;
/// What is longer pushes the rest of its own row aside and nobody else's.
const WIDEST: usize = 40;

/// Columns padded to their widest cell; the last one is left as it is. Nothing is cut off: programs read it too.
pub(super) fn print_table(head: &[String], rows: &[Vec<String>]) -> Result<(), Failure> {
    lines(head, rows).iter().try_for_each(|line| print_line(line))
}

fn lines(head: &[String], rows: &[Vec<String>]) -> Vec<String> {
    let widths: Vec<usize> = (0..head.len())
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column)).chain(head.get(column));
            let widths = cells.map(|cell| cell.width()).filter(|width| *width <= WIDEST);
            widths.max().unwrap_or(0)
        })
        .collect();
    std::iter::once(head)
        .chain(rows.iter().map(Vec::as_slice))
        .map(|row| line(row, &widths))
        .collect()
}

fn line(row: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in row.iter().zip(widths) {
        line.push_str(cell);
        line.extend(std::iter::repeat_n(' ', GAP + width.saturating_sub(cell.width())));
    }
    line.truncate(line.trim_end().len());
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str) -> Vec<String> {
        vec![name.to_owned(), "|".to_owned()]
    }

    /// Where the second column begins, in cells of a terminal.
    fn second_column(line: &str) -> usize {
        line[..line.find('|').unwrap()].width()
    }

    #[test]
    fn columns_stand_below_each_other_in_every_script() {
        let names = ["web", "虚拟机", "😀 emoji", "cafe\u{301}", "ｆｕｌｌ", "한국어"];
        let rows: Vec<Vec<String>> = names.iter().map(|name| row(name)).collect();
        let lines = lines(&row("Name"), &rows);
        let columns: Vec<usize> = lines.iter().map(|line| second_column(line)).collect();
        assert_eq!(columns, vec![8 + GAP; names.len() + 1], "{lines:#?}");
    }

    #[test]
    fn a_very_long_name_is_whole_and_leaves_the_other_rows_where_they_are() {
        let long = "n".repeat(200);
        let lines = lines(&row("Name"), &[row(&long), row("web")]);
        assert_eq!(lines[1], format!("{long}  |"));
        assert_eq!(lines[2], "web   |");
    }
}
