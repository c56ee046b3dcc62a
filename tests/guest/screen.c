/* The graphics card, driven through the kernel's mode-setting interface with a buffer in plain memory. */
#include "stage.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* From the kernel's drm.h and drm_mode.h, which are not installed with the C library's headers. */
struct card_resources {
    uint64_t framebuffers, crtcs, connectors, encoders;
    uint32_t num_framebuffers, num_crtcs, num_connectors, num_encoders;
    uint32_t min_width, max_width, min_height, max_height;
};
struct mode {
    uint32_t clock;
    uint16_t width, hsync_start, hsync_end, htotal, hskew;
    uint16_t height, vsync_start, vsync_end, vtotal, vscan;
    uint32_t refresh, flags, type;
    char name[32];
};
struct connector {
    uint64_t encoders, modes, properties, values;
    uint32_t num_modes, num_properties, num_encoders;
    uint32_t encoder, id, type, type_id, connection, width_mm, height_mm, subpixel, pad;
};
struct crtc {
    uint64_t connectors;
    uint32_t num_connectors, id, framebuffer, x, y, gamma_size, is_mode_valid;
    struct mode mode;
};
struct framebuffer {
    uint32_t id, width, height, pitch, bits, depth, handle;
};
struct dumb_buffer {
    uint32_t height, width, bits, flags, handle, pitch;
    uint64_t size;
};
struct dumb_map {
    uint32_t handle, pad;
    uint64_t offset;
};
struct clip {
    uint16_t left, top, right, bottom;
};
struct dirty {
    uint32_t framebuffer, flags, colour, num_clips;
    uint64_t clips;
};
struct cursor {
    uint32_t flags, crtc;
    int32_t x, y;
    uint32_t width, height, handle;
    int32_t hot_x, hot_y;
};
#define DRM(number, type) _IOWR('d', number, type)
enum { PREFERRED = 1 << 3, CURSOR_PICTURE = 1, CURSOR_MOVE = 2, ARROW_SIDE = 64 };

enum picture { STILL, CHECKER, NOISE, BOX, CURSOR, TYPING };
enum { BOX_WIDTH = 400, BOX_HEIGHT = 300, NUMBER_BITS = 32, CELL = 4, BLINK_MS = 500 };

uint32_t screen_width, screen_height;
static int card = -1;
static uint32_t connector_id, crtc_id, framebuffer_id, buffer_handle, pitch;
static size_t buffer_bytes;
static uint32_t *pixels, *noise;
static enum picture picture;
static uint32_t frame, counted_frame;
static uint64_t counted_since, due;
static unsigned interval_ms = 33;
static struct clip box;
static int step_x = 8, step_y = 6;

static void fill(struct clip area, uint32_t colour)
{
    for (unsigned y = area.top; y < area.bottom; y++)
        for (unsigned x = area.left; x < area.right; x++)
            pixels[y * (pitch / 4) + x] = colour;
}

/* The frame's number, lowest bit first, in cells of the corner: white is one. */
static struct clip write_number(void)
{
    frame++;
    for (unsigned bit = 0; bit < NUMBER_BITS; bit++) {
        struct clip cell = {bit * CELL, 0, (bit + 1) * CELL, CELL};
        fill(cell, frame >> bit & 1 ? 0xffffff : 0);
    }
    return (struct clip){0, 0, NUMBER_BITS * CELL, CELL};
}

static void show(struct clip area)
{
    struct dirty dirty = {.framebuffer = framebuffer_id, .num_clips = 1, .clips = (uintptr_t)&area};
    ioctl(card, DRM(0xb1, struct dirty), &dirty);
}

static struct clip whole(void)
{
    return (struct clip){0, 0, screen_width, screen_height};
}

static bool read_mode(struct mode *mode)
{
    struct mode modes[64];
    uint32_t encoders[8];
    struct connector connector = {.id = connector_id};
    /* Asked for no modes, the kernel asks the card anew. */
    ioctl(card, DRM(0xa7, struct connector), &connector);
    connector.num_modes = connector.num_modes > 64 ? 64 : connector.num_modes;
    connector.num_encoders = connector.num_encoders > 8 ? 8 : connector.num_encoders;
    connector.num_properties = 0;
    connector.modes = (uintptr_t)modes;
    connector.encoders = (uintptr_t)encoders;
    if (ioctl(card, DRM(0xa7, struct connector), &connector) != 0 || connector.num_modes == 0)
        return false;
    *mode = modes[0];
    for (unsigned at = 0; at < connector.num_modes; at++)
        if (modes[at].type & PREFERRED) {
            *mode = modes[at];
            break;
        }
    return true;
}

static void free_buffer(uint32_t framebuffer, uint32_t handle, void *memory, size_t bytes)
{
    if (!memory)
        return;
    munmap(memory, bytes);
    ioctl(card, DRM(0xaf, uint32_t), &framebuffer);
    ioctl(card, DRM(0xb4, uint32_t), &handle);
}

static uint32_t *new_memory(struct dumb_buffer *buffer)
{
    buffer->bits = 32;
    if (ioctl(card, DRM(0xb2, struct dumb_buffer), buffer) != 0)
        return NULL;
    struct dumb_map map = {.handle = buffer->handle};
    ioctl(card, DRM(0xb3, struct dumb_map), &map);
    void *memory = mmap(NULL, buffer->size, PROT_READ | PROT_WRITE, MAP_SHARED, card, (off_t)map.offset);
    return memory == MAP_FAILED ? NULL : memory;
}

/* More noise than a frame needs, so that each frame starts elsewhere in it. */
static void make_noise(void)
{
    size_t words = buffer_bytes / 4 + (1 << 16);
    uint64_t state = 0x2545f4914f6cdd1d;
    noise = malloc(words * 4);
    for (size_t at = 0; at < words; at++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        noise[at] = (uint32_t)state & 0xffffff;
    }
}

static void paint_all(void)
{
    fill(whole(), 0x204060);
    if (picture == CHECKER)
        for (unsigned y = 0; y < screen_height; y++)
            for (unsigned x = 0; x < screen_width; x++)
                pixels[y * (pitch / 4) + x] = (x + y) & 1 ? 0xffffff : 0;
    if (picture == BOX) {
        box = (struct clip){screen_width / 4, screen_height / 4, screen_width / 4 + BOX_WIDTH,
                            screen_height / 4 + BOX_HEIGHT};
        fill(box, 0xf0a020);
    }
    write_number();
    show(whole());
}

static void use_mode(struct mode mode)
{
    uint32_t old_framebuffer = framebuffer_id, old_handle = buffer_handle;
    uint32_t *old_pixels = pixels;
    size_t old_bytes = buffer_bytes;
    struct dumb_buffer buffer = {.width = mode.width, .height = mode.height};
    uint32_t *memory = new_memory(&buffer);
    if (!memory) {
        say("no memory for %u %u", mode.width, mode.height);
        return;
    }
    pixels = memory;
    pitch = buffer.pitch;
    buffer_handle = buffer.handle;
    buffer_bytes = buffer.size;
    screen_width = mode.width;
    screen_height = mode.height;
    struct framebuffer framebuffer = {.width = mode.width, .height = mode.height, .pitch = pitch, .bits = 32,
                                      .depth = 24, .handle = buffer_handle};
    ioctl(card, DRM(0xae, struct framebuffer), &framebuffer);
    framebuffer_id = framebuffer.id;
    struct crtc crtc = {.id = crtc_id, .framebuffer = framebuffer_id, .connectors = (uintptr_t)&connector_id,
                        .num_connectors = 1, .is_mode_valid = 1, .mode = mode};
    if (ioctl(card, DRM(0xa2, struct crtc), &crtc) != 0)
        say("no mode %u %u", mode.width, mode.height);
    free_buffer(old_framebuffer, old_handle, old_pixels, old_bytes);
    free(noise);
    noise = NULL;
    if (picture == NOISE)
        make_noise();
    paint_all();
}

void screen_open(void)
{
    uint32_t crtcs[8], connectors[8];
    struct card_resources resources = {.crtcs = (uintptr_t)crtcs, .connectors = (uintptr_t)connectors,
                                       .num_crtcs = 8, .num_connectors = 8};
    struct mode mode;
    card = open("/dev/dri/card0", O_RDWR | O_CLOEXEC);
    if (card < 0 || ioctl(card, DRM(0xa0, struct card_resources), &resources) != 0) {
        say("no graphics card");
        return;
    }
    crtc_id = crtcs[0];
    connector_id = connectors[0];
    if (read_mode(&mode))
        use_mode(mode);
}

void screen_follow(bool always)
{
    struct mode mode;
    if (card < 0 || !read_mode(&mode))
        return;
    bool is_new = mode.width != screen_width || mode.height != screen_height;
    if (is_new)
        use_mode(mode);
    if (is_new || always)
        say("size %u %u", screen_width, screen_height);
}

static void show_arrow(void)
{
    struct dumb_buffer buffer = {.width = ARROW_SIDE, .height = ARROW_SIDE};
    uint32_t *memory = new_memory(&buffer);
    if (!memory)
        return;
    /* A triangle whose right half shines through. */
    for (unsigned y = 0; y < ARROW_SIDE; y++)
        for (unsigned x = 0; x < ARROW_SIDE; x++)
            memory[y * ARROW_SIDE + x] = x > y || y > 20 ? 0 : x < 10 ? 0xffff0000 : 0x80008000;
    struct cursor cursor = {.flags = CURSOR_PICTURE | CURSOR_MOVE, .crtc = crtc_id, .x = 100, .y = 100,
                            .width = ARROW_SIDE, .height = ARROW_SIDE, .handle = buffer.handle, .hot_x = 3, .hot_y = 5};
    int result = ioctl(card, DRM(0xbb, struct cursor), &cursor);
    say("arrow %s", result == 0 ? "shown" : "failed");
    munmap(memory, buffer.size);
}

static void begin(enum picture wanted, const char *name)
{
    picture = wanted;
    if (picture == NOISE && !noise)
        make_noise();
    paint_all();
    counted_frame = frame;
    counted_since = due = now_ms();
    say("painting %s %ux%u", name, screen_width, screen_height);
}

void screen_command(const char *name, const char *argument)
{
    static const char *const names[] = {"still", "checker", "noise", "box", "cursor", "typing"};
    if (strcmp(name, "arrow") == 0) {
        show_arrow();
        return;
    }
    for (unsigned at = 0; at < sizeof names / sizeof *names; at++)
        if (strcmp(name, names[at]) == 0) {
            int rate = atoi(argument);
            interval_ms = rate > 0 ? 1000 / (unsigned)rate : 33;
            begin(at, name);
            return;
        }
    say("unknown %s", name);
}

void screen_count(void)
{
    say("count %u %llu", frame - counted_frame, (unsigned long long)(now_ms() - counted_since));
    counted_frame = frame;
    counted_since = now_ms();
}

static void move_box(void)
{
    struct clip old = box;
    if (box.left + step_x < 0 || box.right + step_x > (int)screen_width)
        step_x = -step_x;
    if (box.top + step_y < CELL || box.bottom + step_y > (int)screen_height)
        step_y = -step_y;
    fill(box, 0x204060);
    box.left += step_x;
    box.right += step_x;
    box.top += step_y;
    box.bottom += step_y;
    fill(box, 0xf0a020);
    show((struct clip){
        old.left < box.left ? old.left : box.left,
        old.top < box.top ? old.top : box.top,
        old.right > box.right ? old.right : box.right,
        old.bottom > box.bottom ? old.bottom : box.bottom,
    });
    show(write_number());
}

static void blink(void)
{
    struct clip cell = {screen_width / 2, screen_height / 2, screen_width / 2 + 8, screen_height / 2 + 16};
    fill(cell, frame & 1 ? 0xffffff : 0x204060);
    show(cell);
    frame++;
}

int screen_step(void)
{
    if (!pixels || (picture != NOISE && picture != BOX && picture != CURSOR))
        return -1;
    if (picture == NOISE) {
        memcpy(pixels, noise + frame * 997 % (1 << 16), (size_t)pitch * screen_height);
        write_number();
        show(whole());
        return 0;
    }
    uint64_t now = now_ms();
    if (now >= due) {
        unsigned interval = picture == BOX ? interval_ms : BLINK_MS;
        picture == BOX ? move_box() : blink();
        due = due + interval > now ? due + interval : now + interval;
    }
    return (int)(due > now ? due - now : 0);
}

/* A letter's worth of pixels for each key: what a text editor would do. */
void screen_key_was_pressed(void)
{
    if (!pixels || picture != TYPING)
        return;
    unsigned column = frame % 64, row = frame / 64 % 32;
    struct clip cell = {64 + column * 16, 64 + row * 20, 64 + column * 16 + 12, 64 + row * 20 + 16};
    fill(cell, pixels[cell.top * (pitch / 4) + cell.left] == 0xffffff ? 0x204060 : 0xffffff);
    frame++;
    show(cell);
}
