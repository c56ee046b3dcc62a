//! What can be wrong with a text that should be XML, or with a change to a document.

use std::fmt;
use std::path::Path;

/// A refusal to read or change XML. Nothing was changed where a change was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XmlError {
    /// Counted from 1; 0 where the error does not come from a place in a text.
    pub line: u32,
    /// In characters, counted from 1.
    pub column: u32,
    pub kind: XmlErrorKind,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XmlErrorKind {
    #[error("the text ends inside {0}")]
    UnexpectedEnd(&'static str),
    /// A rule of XML's grammar is broken.
    #[error("{0}")]
    Syntax(&'static str),
    #[error("character U+{0:04X} cannot stand in XML")]
    InvalidCharacter(u32),
    #[error("{0:?} cannot be the name of an element or attribute")]
    InvalidName(String),
    #[error("attribute {0:?} is given twice")]
    DuplicateAttribute(String),
    #[error("entity {0:?} is not declared")]
    UnknownEntity(String),
    #[error("<{open}> is closed by </{close}>")]
    MismatchedTag { open: String, close: String },
    #[error("no element")]
    NoRoot,
    #[error("more than {max} elements inside one another")]
    TooDeep { max: usize },
    #[error("larger than {max_bytes} bytes, or made of too many parts")]
    TooLarge { max_bytes: usize },
    #[error("the document is a <{found}>, not a <{expected}>")]
    WrongRoot { expected: &'static str, found: String },
    /// A view needs this element or attribute.
    #[error("{path} is missing")]
    Missing { path: String },
    #[error("{path} has the value {value:?}")]
    InvalidValue { path: String, value: String },
    /// libvirt's XML is UTF-8, a file name need not be.
    #[error("the path {0} is not UTF-8")]
    PathNotUtf8(String),
}

impl XmlError {
    /// An error that belongs to no place in a text.
    pub const fn without_place(kind: XmlErrorKind) -> Self {
        Self {
            line: 0,
            column: 0,
            kind,
        }
    }

    pub(crate) fn missing(path: &str) -> Self {
        Self::without_place(XmlErrorKind::Missing { path: path.to_owned() })
    }

    pub(crate) fn invalid(path: &str, value: &str) -> Self {
        Self::without_place(XmlErrorKind::InvalidValue {
            path: path.to_owned(),
            value: value.to_owned(),
        })
    }
}

/// libvirt's XML is UTF-8.
pub(crate) fn path_text(path: &Path) -> Result<&str, XmlError> {
    path.to_str().ok_or_else(|| {
        let lossy = path.to_string_lossy().into_owned();
        XmlError::without_place(XmlErrorKind::PathNotUtf8(lossy))
    })
}

impl fmt::Display for XmlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            self.kind.fmt(f)
        } else {
            write!(f, "line {}, column {}: {}", self.line, self.column, self.kind)
        }
    }
}

impl std::error::Error for XmlError {}
