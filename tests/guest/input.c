/* Keys and the pointer, as the kernel's input devices tell them. */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <unistd.h>

struct device {
    int file;
    bool is_power_button;
    /* Largest value of each axis; 0 where it has none. */
    int most[2];
    int at[2], by[2];
    bool has_moved, has_been_moved;
};

bool is_reporting;
static struct device devices[MOST_WATCHED];

static struct device *find(int file)
{
    for (int at = 0; at < MOST_WATCHED; at++)
        if (devices[at].file == file)
            return &devices[at];
    return NULL;
}

/* devices[N] is /dev/input/eventN. */
void input_scan(void)
{
    for (int number = 0; number < MOST_WATCHED; number++) {
        struct device *device = &devices[number];
        char path[32], name[64] = "";
        snprintf(path, sizeof path, "/dev/input/event%d", number);
        if (device->file > 0)
            continue;
        *device = (struct device){.file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
        if (device->file < 0)
            continue;
        ioctl(device->file, EVIOCGNAME(sizeof name), name);
        device->is_power_button = strstr(name, "Power Button") != NULL;
        for (int axis = 0; axis < 2; axis++) {
            struct input_absinfo range = {0};
            if (ioctl(device->file, EVIOCGABS(ABS_X + axis), &range) == 0) {
                device->most[axis] = range.maximum;
                device->at[axis] = range.value;
            }
        }
    }
}

int input_watched(int *files)
{
    int count = 0;
    for (int number = 0; number < MOST_WATCHED; number++)
        if (devices[number].file > 0)
            files[count++] = devices[number].file;
    return count;
}

static void take_key(const struct device *device, int code, int value)
{
    if (device->is_power_button)
        reboot(RB_POWER_OFF);
    bool is_button = code >= BTN_MISC && code < KEY_OK;
    /* 2 is the keyboard's own repetition. */
    if (value == 2)
        return;
    if (value == 1 && !is_button)
        screen_key_was_pressed();
    if (is_reporting)
        say("%s %d %d", is_button ? "button" : "key", code, value);
}

static int pixel(int value, int most, uint32_t pixels)
{
    return most > 0 ? (int)((double)value * pixels / (most + 1.0) + 0.5) : value;
}

static void end_packet(struct device *device)
{
    if (device->has_moved && is_reporting)
        say("at %d %d", pixel(device->at[0], device->most[0], screen_width),
            pixel(device->at[1], device->most[1], screen_height));
    if (device->has_been_moved && is_reporting)
        say("by %d %d", device->by[0], device->by[1]);
    device->has_moved = device->has_been_moved = false;
    device->by[0] = device->by[1] = 0;
}

static void take(struct device *device, const struct input_event *event)
{
    int axis = event->code;
    if (event->type == EV_KEY) {
        take_key(device, event->code, event->value);
    } else if (event->type == EV_ABS && axis <= ABS_Y) {
        device->at[axis] = event->value;
        device->has_moved = true;
    } else if (event->type == EV_REL && axis <= REL_Y) {
        device->by[axis] += event->value;
        device->has_been_moved = true;
    } else if (event->type == EV_REL && is_reporting && (axis == REL_WHEEL || axis == REL_HWHEEL)) {
        say("%s %d", axis == REL_WHEEL ? "wheel" : "swheel", event->value);
    } else if (event->type == EV_SYN) {
        end_packet(device);
    }
}

void input_read(int file)
{
    struct device *device = find(file);
    struct input_event events[64];
    ssize_t bytes = read(file, events, sizeof events);
    if (bytes < 0 && errno != EAGAIN && errno != EINTR) {
        close(file);
        device->file = -1;
    }
    for (ssize_t at = 0; at < bytes / (ssize_t)sizeof *events; at++)
        take(device, &events[at]);
}
