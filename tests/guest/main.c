/* The loop: one thread that waits for the serial port, input devices, the clipboard's port and the next frame. */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static int serial = -1;
static int console = -1;

uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void send_all(const char *text, size_t length)
{
    while (length > 0) {
        ssize_t sent = write(serial, text, length);
        if (sent < 0 && errno != EINTR && errno != EAGAIN)
            return;
        if (sent > 0) {
            text += sent;
            length -= (size_t)sent;
        }
    }
}

void say(const char *format, ...)
{
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    if (length > (int)sizeof line - 2)
        length = sizeof line - 2;
    line[length++] = '\n';
    send_all(line, (size_t)length);
}

/* A word and any text, its newlines written as \n. */
void say_text(const char *word, const char *text, size_t length)
{
    send_all(word, strlen(word));
    for (size_t at = 0; at < length; at++) {
        if (text[at] == '\n')
            send_all("\\n", 2);
        else
            send_all(text + at, 1);
    }
    send_all("\n", 1);
}

static int open_raw(const char *path)
{
    int file = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    struct termios how;
    if (file >= 0 && tcgetattr(file, &how) == 0) {
        cfmakeraw(&how);
        tcsetattr(file, TCSANOW, &how);
    }
    return file;
}

/* The text console, which has the kernel's own idea of what a key means, listens with another layout. */
static void set_layout(const char *name)
{
    char map[64];
    snprintf(map, sizeof map, "/keymaps/%s", name);
    int file = open(map, O_RDONLY | O_CLOEXEC);
    if (console < 0)
        console = open_raw("/dev/tty1");
    pid_t child = file < 0 || console < 0 ? -1 : fork();
    if (child == 0) {
        dup2(file, 0);
        dup2(console, 1);
        execl("/bin/busybox", "loadkmap", (char *)NULL);
        _exit(1);
    }
    int status = -1;
    if (child > 0)
        waitpid(child, &status, 0);
    if (file >= 0)
        close(file);
    say("layout %s %s", name, status == 0 ? "loaded" : "failed");
}

static void unescape(char *text)
{
    char *to = text;
    for (; *text; text++) {
        bool is_newline = text[0] == '\\' && text[1] == 'n';
        *to++ = is_newline ? '\n' : *text;
        text += is_newline;
    }
    *to = '\0';
}

static void obey(char *line)
{
    char *argument = strchr(line, ' ');
    if (argument)
        *argument++ = '\0';
    const char *rest = argument ? argument : "";
    if (strcmp(line, "count") == 0) {
        screen_count();
    } else if (strcmp(line, "size") == 0) {
        screen_follow(true);
    } else if (strcmp(line, "report") == 0) {
        is_reporting = strcmp(rest, "on") == 0;
        say("report %s", is_reporting ? "on" : "off");
    } else if (strcmp(line, "clip") == 0 && argument) {
        unescape(argument);
        clipboard_copy(argument);
    } else if (strcmp(line, "layout") == 0) {
        set_layout(rest);
    } else if (strcmp(line, "reboot") == 0) {
        reboot(RB_AUTOBOOT);
    } else if (strcmp(line, "poweroff") == 0) {
        reboot(RB_POWER_OFF);
    } else if (*line) {
        screen_command(line, rest);
    }
}

static void read_commands(void)
{
    static char line[8192];
    static size_t length;
    char piece[512];
    ssize_t count = read(serial, piece, sizeof piece);
    for (ssize_t at = 0; at < count; at++) {
        if (piece[at] == '\n' || piece[at] == '\r') {
            line[length] = '\0';
            length = 0;
            obey(line);
        } else if (length < sizeof line - 1) {
            line[length++] = piece[at];
        }
    }
}

static void read_console(void)
{
    char typed[64];
    ssize_t count = read(console, typed, sizeof typed);
    if (count > 0)
        say_text("typed ", typed, (size_t)count);
}

/* The kernel's word that a device came, went or wants another size. */
static int open_events(void)
{
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1};
    int file = socket(AF_NETLINK, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
    bind(file, (struct sockaddr *)&address, sizeof address);
    return file;
}

static void read_events(int events)
{
    char event[4096];
    while (recv(events, event, sizeof event, 0) > 0)
        continue;
    screen_follow(false);
    input_scan();
    clipboard_scan();
}

int main(void)
{
    serial = open_raw("/dev/ttyS0");
    int events = open_events();
    screen_open();
    input_scan();
    clipboard_scan();
    say("BERTH-READY");
    for (;;) {
        struct pollfd watched[MOST_WATCHED + 4] = {
            {.fd = serial, .events = POLLIN},
            {.fd = events, .events = POLLIN},
            {.fd = clipboard_file(), .events = POLLIN},
            {.fd = console, .events = POLLIN},
        };
        int inputs[MOST_WATCHED];
        int count = input_watched(inputs);
        for (int at = 0; at < count; at++)
            watched[4 + at] = (struct pollfd){.fd = inputs[at], .events = POLLIN};
        poll(watched, (nfds_t)(4 + count), screen_step());
        if (watched[0].revents & POLLIN)
            read_commands();
        if (watched[1].revents & POLLIN)
            read_events(events);
        if (watched[2].revents)
            clipboard_read();
        if (watched[3].revents & POLLIN)
            read_console();
        for (int at = 0; at < count; at++)
            if (watched[4 + at].revents)
                input_read(inputs[at]);
    }
}
