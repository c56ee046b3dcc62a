//! The allocator's own: what it may keep, and giving back what it does.

/// Arenas of glibc's: threads that come and go would have one each, eight for each core, and each keeps what was freed.
///
/// The size from which on a piece is the system's own stays glibc's to choose: at a fixed one every picture of a guest
/// would be new memory, which costs more than drawing it.
#[cfg(target_env = "gnu")]
const ARENAS: libc::c_int = 2;

/// To be called first of all: it counts for threads that start afterwards. Answers whether the allocator agreed.
pub fn bound_memory() -> bool {
    #[cfg(target_env = "gnu")]
    // SAFETY: sets a number of the allocator under its own lock.
    let is_bound = unsafe { libc::mallopt(libc::M_ARENA_MAX, ARENAS) } == 1;
    #[cfg(not(target_env = "gnu"))]
    let is_bound = true;
    is_bound
}

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
