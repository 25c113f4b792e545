//! The layer itself: SQLite's own file functions, with a look at each call before it is passed on.
//!
//! It is the process's default, and files outside the watched folders are opened as if it were not
//! there.
#![expect(
    unsafe_code,
    reason = "SQLite's file functions are C, and so must be what stands before them"
)]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::size_of;
use std::path::{Path, PathBuf};
use std::slice;
use std::sync::{Arc, Mutex, Once, Weak};

use rusqlite::ffi;

use super::disk::{Call, Disk, Event};

static DISKS: Mutex<Vec<Weak<Disk>>> = Mutex::new(Vec::new());
static REAL: Mutex<usize> = Mutex::new(0);

/// What SQLite gets for one of our files; its own file lies right behind.
#[repr(C)]
struct File {
    methods: *const ffi::sqlite3_io_methods,
    own: *mut Own,
}

struct Own {
    disk: Arc<Disk>,
    path: PathBuf,
    methods: ffi::sqlite3_io_methods,
}

/// Has the calls to the files in the disk's folder pass by it.
pub(super) fn watch(disk: &Arc<Disk>) {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // SAFETY: the structs live for ever, and SQLite locks its list of file layers itself.
        unsafe {
            assert_eq!(ffi::sqlite3_initialize(), ffi::SQLITE_OK);
            let real = ffi::sqlite3_vfs_find(std::ptr::null());
            *REAL.lock().unwrap() = real as usize;
            let mut ours = *real;
            ours.szOsFile += c_int::try_from(size_of::<File>()).unwrap();
            ours.zName = c"watched".as_ptr();
            ours.pNext = std::ptr::null_mut();
            ours.xOpen = Some(open);
            ours.xDelete = Some(delete);
            let ours = Box::leak(Box::new(ours));
            assert_eq!(ffi::sqlite3_vfs_register(ours, 1), ffi::SQLITE_OK);
        }
    });
    let mut disks = DISKS.lock().unwrap();
    disks.retain(|disk| disk.strong_count() > 0);
    disks.push(Arc::downgrade(disk));
}

/// SQLite's name for a call that failed.
pub(super) fn refusal(call: Call, is_full: bool) -> c_int {
    match call {
        Call::Open => ffi::SQLITE_CANTOPEN,
        Call::Read => ffi::SQLITE_IOERR_READ,
        Call::Write if is_full => ffi::SQLITE_FULL,
        Call::Write => ffi::SQLITE_IOERR_WRITE,
        Call::Truncate => ffi::SQLITE_IOERR_TRUNCATE,
        Call::Sync => ffi::SQLITE_IOERR_FSYNC,
        Call::Delete => ffi::SQLITE_IOERR_DELETE,
        Call::ShareMemory => ffi::SQLITE_IOERR_SHMMAP,
    }
}

fn real() -> *mut ffi::sqlite3_vfs {
    *REAL.lock().unwrap() as *mut ffi::sqlite3_vfs
}

/// The disk a file lies on, if it is watched.
fn watched(name: *const c_char) -> Option<(Arc<Disk>, PathBuf)> {
    if name.is_null() {
        return None;
    }
    // SAFETY: SQLite's names end in a zero byte.
    let path = Path::new(unsafe { CStr::from_ptr(name) }.to_str().ok()?);
    let disks: Vec<_> = DISKS.lock().unwrap().iter().filter_map(Weak::upgrade).collect();
    let disk = disks.into_iter().find(|disk| path.starts_with(disk.folder()))?;
    Some((disk, path.to_owned()))
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives room for `szOsFile` bytes, which is ours and the real file's together.
    unsafe {
        let open = (*real()).xOpen.unwrap();
        let Some((disk, path)) = watched(name) else {
            return open(real(), name, file, flags, out);
        };
        (*file).pMethods = std::ptr::null();
        if let Some(refusal) = disk.refuses(Call::Open) {
            return refusal;
        }
        let inner = file.cast::<File>().add(1).cast::<ffi::sqlite3_file>();
        let code = open(real(), name, inner, flags, out);
        if code != ffi::SQLITE_OK {
            return code;
        }
        let mut methods = *(*inner).pMethods;
        methods.iVersion = methods.iVersion.min(2);
        methods.xClose = Some(close);
        methods.xRead = Some(read);
        methods.xWrite = Some(write);
        methods.xTruncate = Some(truncate);
        methods.xSync = Some(sync);
        methods.xFileSize = Some(file_size);
        methods.xLock = Some(lock);
        methods.xUnlock = Some(unlock);
        methods.xCheckReservedLock = Some(check_reserved_lock);
        methods.xFileControl = Some(file_control);
        methods.xSectorSize = Some(sector_size);
        methods.xDeviceCharacteristics = Some(device_characteristics);
        methods.xShmMap = Some(shm_map);
        methods.xShmLock = Some(shm_lock);
        methods.xShmBarrier = Some(shm_barrier);
        methods.xShmUnmap = Some(shm_unmap);
        let own = Box::into_raw(Box::new(Own { disk, path, methods }));
        file.cast::<File>().write(File { methods: &raw const (*own).methods, own });
        ffi::SQLITE_OK
    }
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    let found = watched(name);
    if let Some(refusal) = found.as_ref().and_then(|(disk, _)| disk.refuses(Call::Delete)) {
        return refusal;
    }
    // SAFETY: passed on as it came.
    let code = unsafe { (*real()).xDelete.unwrap()(real(), name, sync) };
    if let (Some((disk, file)), ffi::SQLITE_OK) = (found, code) {
        disk.note(Event::Delete { file, is_synced: sync != 0 });
    }
    code
}

/// Ours, SQLite's own file, and the functions of that one.
///
/// # Safety
///
/// `file` was opened by [`open`] and is not closed.
unsafe fn parts<'a>(
    file: *mut ffi::sqlite3_file,
) -> (&'a Own, *mut ffi::sqlite3_file, &'a ffi::sqlite3_io_methods) {
    // SAFETY: as `open` has laid it.
    unsafe {
        let inner = file.cast::<File>().add(1).cast::<ffi::sqlite3_file>();
        (&*(*file.cast::<File>()).own, inner, &*(*inner).pMethods)
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: closed once; what `open` has boxed goes back.
    unsafe {
        let (_, inner, methods) = parts(file);
        let code = methods.xClose.unwrap()(inner);
        drop(Box::from_raw((*file.cast::<File>()).own));
        (*file).pMethods = std::ptr::null();
        code
    }
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    bytes: *mut c_void,
    n: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: an open file of ours.
    let (own, inner, methods) = unsafe { parts(file) };
    match own.disk.refuses(Call::Read) {
        Some(refusal) => refusal,
        // SAFETY: passed on as it came.
        None => unsafe { methods.xRead.unwrap()(inner, bytes, n, at) },
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    n: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: an open file of ours.
    let (own, inner, methods) = unsafe { parts(file) };
    let n_bytes = usize::try_from(n).unwrap();
    // SAFETY: SQLite says how many bytes there are.
    let copy = unsafe { slice::from_raw_parts(bytes.cast::<u8>(), n_bytes) }.to_vec();
    if let Some(refusal) = own.disk.refuses(Call::Write) {
        // A write that fails may have come half-way.
        // SAFETY: fewer bytes of the same.
        unsafe { methods.xWrite.unwrap()(inner, bytes, n / 2, at) };
        return refusal;
    }
    let at_byte = u64::try_from(at).unwrap();
    own.disk.note(Event::Write { file: own.path.clone(), at: at_byte, bytes: copy });
    // SAFETY: passed on as it came.
    unsafe { methods.xWrite.unwrap()(inner, bytes, n, at) }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    // SAFETY: an open file of ours.
    let (own, inner, methods) = unsafe { parts(file) };
    if let Some(refusal) = own.disk.refuses(Call::Truncate) {
        return refusal;
    }
    let n_bytes = u64::try_from(size).unwrap();
    own.disk.note(Event::Truncate { file: own.path.clone(), size: n_bytes });
    // SAFETY: passed on as it came.
    unsafe { methods.xTruncate.unwrap()(inner, size) }
}

/// Noted, not done: the test's machine will not lose power.
unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: an open file of ours.
    let (own, _, _) = unsafe { parts(file) };
    if let Some(refusal) = own.disk.refuses(Call::Sync) {
        return refusal;
    }
    own.disk.note(Event::Sync { file: own.path.clone() });
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    page: c_int,
    n: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: an open file of ours.
    let (own, inner, methods) = unsafe { parts(file) };
    match own.disk.refuses(Call::ShareMemory) {
        Some(refusal) => refusal,
        // SAFETY: passed on as it came.
        None => unsafe { methods.xShmMap.unwrap()(inner, page, n, extend, out) },
    }
}

/// Functions that only pass the call on.
macro_rules! pass_on {
    ($($name:ident => $method:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)*) => {$(
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file, $($argument: $kind),*) -> $answer {
            // SAFETY: an open file of ours, and the call is passed on as it came.
            unsafe {
                let (_, inner, methods) = parts(file);
                methods.$method.unwrap()(inner, $($argument),*)
            }
        }
    )*};
}

pass_on! {
    file_size => xFileSize(size: *mut ffi::sqlite3_int64) -> c_int;
    lock => xLock(level: c_int) -> c_int;
    unlock => xUnlock(level: c_int) -> c_int;
    check_reserved_lock => xCheckReservedLock(out: *mut c_int) -> c_int;
    file_control => xFileControl(what: c_int, argument: *mut c_void) -> c_int;
    sector_size => xSectorSize() -> c_int;
    device_characteristics => xDeviceCharacteristics() -> c_int;
    shm_lock => xShmLock(offset: c_int, n: c_int, flags: c_int) -> c_int;
    shm_barrier => xShmBarrier() -> ();
    shm_unmap => xShmUnmap(delete_flag: c_int) -> c_int;
}
