#if THREAD_SANITIZER
import TokenRotationCore

/// In place of the standard library's, of which the thread sanitizer sees too little; see the core's.
typealias Mutex = SanitizedMutex
#endif
