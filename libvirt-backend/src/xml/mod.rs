//! A lossless XML document and typed views over it. Pure.
