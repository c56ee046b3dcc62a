//! The allocator's own: giving back what it keeps.

/// Gives memory that nothing uses any more back to the system, in milliseconds.
///
/// Threads that come and go leave what they freed scattered over glibc's arenas, and none of it goes back by itself.
pub fn give_back_memory() {
    #[cfg(target_env = "gnu")]
    // SAFETY: may be called at any time from any thread; it only touches pages that hold nothing.
    unsafe {
        libc::malloc_trim(0);
    }
}
