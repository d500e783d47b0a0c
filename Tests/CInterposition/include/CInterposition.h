#ifndef C_INTERPOSITION_H
#define C_INTERPOSITION_H

/* Functions of libraries that the tests' program defines in their place: libcurl and SQLite call these, and they pass the
   call on.

   That is how a name look-up can really hang, in the thread in which libcurl does it, without a word to the machine's own
   resolver: libcurl's option for another name server needs c-ares, which Debian builds it without, and a private
   resolv.conf needs rights that not every user has. It is C, because the linker lets libraries see no such function of
   Swift's. */

/* What is called before a name is looked up: it may wait, and gives the address to look up instead, a string that stays;
   or NULL to go on with the name. */
typedef const char *(*InterposedLookUp)(const char *name);

void interposeLookUps(InterposedLookUp before);

/* How many easy handles of libcurl there are at present, without those that it makes for itself. */
int liveEasyHandles(void);

/* What is called when part of a file has been written at its place (pwrite), and when a file has been flushed to the disk
   (fsync, fdatasync), before the caller learns of it. */
typedef void (*InterposedFileCall)(int descriptor, int isFlush);

void interposeFileCalls(InterposedFileCall after);

#endif
