/* The guest's end of the SPICE agent's protocol, as far as text in the clipboard goes. QEMU is at the other end. */
#include "stage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PORT_NAME "com.redhat.spice.0"
#define MOST_BYTES (2 << 20)
/* Messages are cut into pieces of so many bytes at most, each with a head of its own. */
#define PIECE_BYTES 2048

enum { CLIPBOARD = 4, ANNOUNCE = 6, GRAB = 7, REQUEST = 8 };
enum { UTF8_TEXT = 1 };
/* We speak of clipboards when asked, of several, and count who copied last: QEMU's D-Bus display hears no others. */
enum { CAN_BY_DEMAND = 1 << 5, CAN_SELECT = 1 << 6, CAN_COUNT = 1 << 17 };

struct piece {
    uint32_t port, bytes;
};
struct message {
    uint32_t protocol, type;
    uint64_t opaque;
    uint32_t bytes;
} __attribute__((packed));
/* The first word names the selection: 0 is what Ctrl+C fills. */
struct note {
    uint32_t selection, value;
};

struct grab {
    uint32_t selection, serial, type;
};

static int port = -1;
/* Of the next one who copies, since this port was opened. */
static uint32_t next_serial;
static char *copied;
/* What came of a message so far, pieces' heads removed, and what is left of the present piece. */
static uint8_t *heard;
static size_t heard_bytes;
static uint32_t piece_left;

static void send_all(const void *bytes, size_t length)
{
    const uint8_t *from = bytes;
    while (length > 0) {
        ssize_t sent = write(port, from, length);
        if (sent < 0 && errno == EAGAIN)
            usleep(1000);
        else if (sent <= 0)
            return;
        if (sent > 0) {
            from += sent;
            length -= (size_t)sent;
        }
    }
}

static void send_message(uint32_t type, const void *head, size_t head_bytes, const char *text)
{
    size_t text_bytes = text ? strlen(text) : 0, length = sizeof(struct message) + head_bytes + text_bytes;
    struct message message = {.protocol = 1, .type = type, .bytes = (uint32_t)(head_bytes + text_bytes)};
    uint8_t *whole = malloc(length);
    memcpy(whole, &message, sizeof message);
    memcpy(whole + sizeof message, head, head_bytes);
    if (text)
        memcpy(whole + sizeof message + head_bytes, text, text_bytes);
    for (size_t at = 0; at < length; at += PIECE_BYTES) {
        size_t bytes = length - at < PIECE_BYTES ? length - at : PIECE_BYTES;
        struct piece piece = {.port = 1, .bytes = (uint32_t)bytes};
        send_all(&piece, sizeof piece);
        send_all(whole + at, bytes);
    }
    free(whole);
}

static void announce(uint32_t wants_answer)
{
    uint32_t words[2] = {wants_answer, CAN_BY_DEMAND | CAN_SELECT | CAN_COUNT};
    send_message(ANNOUNCE, words, sizeof words, NULL);
}

static void offer(void)
{
    struct grab grab = {.serial = next_serial++, .type = UTF8_TEXT};
    send_message(GRAB, &grab, sizeof grab, NULL);
}

static bool is_ours(const char *name)
{
    char path[512], heard_name[64] = "";
    snprintf(path, sizeof path, "/sys/class/virtio-ports/%s/name", name);
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    bool is_it = fgets(heard_name, sizeof heard_name, file) && strncmp(heard_name, PORT_NAME, strlen(PORT_NAME)) == 0;
    fclose(file);
    return is_it;
}

/* Announces us where the port has come. */
void clipboard_scan(void)
{
    DIR *ports = port < 0 ? opendir("/sys/class/virtio-ports") : NULL;
    struct dirent *entry;
    while (ports && port < 0 && (entry = readdir(ports))) {
        char path[512];
        snprintf(path, sizeof path, "/dev/%s", entry->d_name);
        if (is_ours(entry->d_name))
            port = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
        if (port >= 0)
            announce(1);
    }
    if (ports)
        closedir(ports);
}

int clipboard_file(void)
{
    return port;
}

void clipboard_copy(const char *text)
{
    free(copied);
    copied = strdup(text);
    if (port >= 0)
        offer();
    say(port >= 0 ? "clip offered" : "clip has no port");
}

static void take_message(const struct message *message, const uint8_t *body)
{
    struct note note = {0};
    memcpy(&note, body, message->bytes < sizeof note ? message->bytes : sizeof note);
    if (message->type == ANNOUNCE && note.selection) {
        announce(0);
    } else if (message->type == GRAB && note.selection == 0) {
        if (note.value >= next_serial)
            next_serial = note.value + 1;
        note.value = UTF8_TEXT;
        send_message(REQUEST, &note, sizeof note, NULL);
    } else if (message->type == REQUEST && note.selection == 0) {
        note.value = UTF8_TEXT;
        send_message(CLIPBOARD, &note, sizeof note, copied ? copied : "");
    } else if (message->type == CLIPBOARD && message->bytes >= sizeof note) {
        say_text("clip got ", (const char *)body + sizeof note, message->bytes - sizeof note);
    }
}

/* Takes whole messages out of what was heard. */
static void take_heard(void)
{
    struct message message;
    while (heard_bytes >= sizeof message) {
        memcpy(&message, heard, sizeof message);
        size_t whole = sizeof message + message.bytes;
        if (message.bytes > MOST_BYTES || heard_bytes < whole)
            return;
        take_message(&message, heard + sizeof message);
        memmove(heard, heard + whole, heard_bytes - whole);
        heard_bytes -= whole;
    }
}

void clipboard_read(void)
{
    static struct piece piece;
    static size_t head_bytes;
    if (!heard)
        heard = malloc(MOST_BYTES + 4096);
    for (;;) {
        bool is_head = piece_left == 0;
        void *to = is_head ? (uint8_t *)&piece + head_bytes : heard + heard_bytes;
        size_t room = is_head ? sizeof piece - head_bytes : MOST_BYTES + 4096 - heard_bytes;
        size_t wanted = !is_head && piece_left < room ? piece_left : room;
        ssize_t count = read(port, to, wanted);
        if (count <= 0) {
            if (count < 0 && (errno == EAGAIN || errno == EINTR))
                return;
            /* QEMU hangs up when somebody new shares its clipboard, and waits for a new agent. Or the device is gone. */
            close(port);
            port = -1;
            heard_bytes = head_bytes = piece_left = next_serial = 0;
            clipboard_scan();
            return;
        }
        if (is_head) {
            head_bytes += (size_t)count;
            if (head_bytes == sizeof piece) {
                head_bytes = 0;
                piece_left = piece.bytes;
            }
        } else {
            heard_bytes += (size_t)count;
            piece_left -= (uint32_t)count;
            take_heard();
        }
    }
}
