/* The program inside the test guest with a graphics card: paints on command, and tells what reaches it.
 *
 * It is the guest's only program. Commands come in lines over the serial port, answers go back the same way:
 *
 *   still | checker | noise | box [RATE] | cursor | typing   what to paint; each frame carries its number
 *   arrow                  a pointer picture of the graphics card's own
 *   count                  "count FRAMES MILLISECONDS" since that was asked for
 *   report on | off        "key CODE 0|1", "button CODE 0|1", "at X Y", "by DX DY", "wheel N", "swheel N"
 *   size                   "size WIDTH HEIGHT"; said by itself too when the host asks for another size
 *   clip TEXT              TEXT is copied; "clip got TEXT" tells what was copied outside. A newline is "\n"
 *   layout NAME            the text console's keyboard layout; "typed TEXT" then tells what it makes of keys
 *   reboot | poweroff
 */
#ifndef STAGE_H
#define STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MOST_WATCHED 24

/* main.c */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_text(const char *word, const char *text, size_t length);
uint64_t now_ms(void);

/* screen.c */
void screen_open(void);
void screen_command(const char *name, const char *argument);
/* Takes the size that the host prefers now; says it where it is new, or where `always`. */
void screen_follow(bool always);
/* Paints what is due; answers how many milliseconds may pass until the next call, -1 for any. */
int screen_step(void);
void screen_key_was_pressed(void);
void screen_count(void);
extern uint32_t screen_width, screen_height;

/* input.c */
void input_scan(void);
int input_watched(int *files);
void input_read(int file);
extern bool is_reporting;

/* clipboard.c */
void clipboard_scan(void);
int clipboard_file(void);
void clipboard_read(void);
void clipboard_copy(const char *text);

#endif
