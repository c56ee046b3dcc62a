//! The allocator's own: what it may keep, and giving back what it does.

/// Arenas of glibc's: threads that come and go would have one each, eight for each core, and each keeps what was freed.
#[cfg(target_env = "gnu")]
const ARENAS: libc::c_int = 2;
/// Bytes from which on a piece is the system's and goes back when it is freed. Left to itself, glibc raises it to the
/// largest piece that was ever freed, a guest's whole picture, which then leaves holes in its arenas.
#[cfg(target_env = "gnu")]
const OWN_MAPPING: libc::c_int = 256 * 1024;

/// To be called first of all: it counts for what is allocated afterwards. Answers whether the allocator agreed.
pub fn bound_memory() -> bool {
    #[cfg(target_env = "gnu")]
    let is_bound = [(libc::M_ARENA_MAX, ARENAS), (libc::M_MMAP_THRESHOLD, OWN_MAPPING)]
        .into_iter()
        // SAFETY: sets a number of the allocator under its own lock.
        .all(|(name, most)| unsafe { libc::mallopt(name, most) } == 1);
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
