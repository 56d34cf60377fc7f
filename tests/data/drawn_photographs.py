"""Digits drawn as polylines, and what a photograph may do to them."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy import ndimage


def arc(x, y, rx, ry, start, stop, n=40):
    """Points of an ellipse; angles in degrees, 0 to the right, 90 down."""
    angles = np.radians(np.linspace(start, stop, n))
    return [(x + rx * np.cos(a), y + ry * np.sin(a)) for a in angles]


# Each digit's strokes, in a box of width 0.6 and height 1, in one or more styles.
DIGITS = {
    "0": [arc(0.3, 0.5, 0.29, 0.5, -90, 270)],
    "0 slender": [arc(0.3, 0.5, 0.2, 0.5, -80, 285)],
    "0 dotted": [arc(0.3, 0.5, 0.3, 0.5, -90, 270), arc(0.3, 0.5, 0.01, 0.01, 0, 360)],
    "1": [[(0.34, 0), (0.26, 1)]],
    "1 upright": [[(0.3, 0), (0.3, 1)]],
    "1 with serif": [[(0.18, 0.22), (0.36, 0), (0.32, 1)]],
    "2": [[*arc(0.3, 0.27, 0.26, 0.27, -165, 30), (0.04, 0.98), (0.6, 0.98)]],
    "3": [arc(0.28, 0.25, 0.25, 0.25, -150, 85) + arc(0.28, 0.74, 0.29, 0.26, -85, 155)],
    "4": [[(0.1, 0.02), (0.02, 0.58), (0.58, 0.56)], [(0.44, 0.06), (0.4, 1)]],
    "4 closed": [[(0.45, 1), (0.48, 0), (0.02, 0.66), (0.62, 0.64)]],
    "5": [[(0.55, 0), (0.14, 0), (0.1, 0.45), *arc(0.26, 0.7, 0.3, 0.3, -110, 150)]],
    "5 in two": [
        [(0.12, 0.05), (0.08, 0.47), *arc(0.25, 0.71, 0.29, 0.29, -110, 150)],
        [(0.22, 0.0), (0.6, 0.0)],
    ],
    "6": [[(0.46, 0), (0.2, 0.4), *arc(0.3, 0.72, 0.26, 0.27, 190, 540)]],
    "7": [[(0.02, 0.02), (0.56, 0), (0.22, 1)]],
    "7 with bar": [[(0.02, 0.04), (0.56, 0), (0.24, 1)], [(0.18, 0.52), (0.54, 0.5)]],
    "8": [arc(0.3, 0.24, 0.22, 0.24, 90, 450) + arc(0.3, 0.74, 0.28, 0.26, -90, 270)],
    "8 slender": [arc(0.3, 0.26, 0.17, 0.25, 90, 450) + arc(0.3, 0.75, 0.2, 0.25, -90, 270)],
    "9": [[*arc(0.3, 0.27, 0.26, 0.27, 20, 380), (0.5, 0.5), (0.42, 1)]],
}


def wobbled(strokes, rng, amount=0.012):
    """Shift points smoothly and slant the whole, as a hand does."""
    slant = rng.normal(0, 0.06)
    found = []
    for stroke in strokes:
        points = np.array(stroke, float)
        if len(points) < 5:  # straight lines get points to shift
            t = np.linspace(0, len(points) - 1, 8 * len(points))
            points = np.stack([np.interp(t, range(len(points)), axis) for axis in points.T], 1)
        shift = ndimage.gaussian_filter1d(rng.normal(0, 1, points.shape), 3, axis=0) * 2.5
        points += amount * shift
        points[:, 0] += slant * (0.5 - points[:, 1])
        found.append(points)
    return found


def coverage(strokes, size, at, height, pen, angle=0.0):
    """Return how much of each pixel ink covers; `at` is the digit's centre, all in pixels."""
    oversampled = 2 if max(size) <= 2000 else 1
    mask = Image.new("L", [oversampled * side for side in size], 0)
    draw = ImageDraw.Draw(mask)
    turn = np.radians(angle)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    radius = oversampled * pen / 2
    for stroke in strokes:
        points = ((np.asarray(stroke) - (0.3, 0.5)) * height @ matrix + at) * oversampled
        line = [tuple(point) for point in points]
        draw.line(line, fill=255, width=max(1, round(2 * radius)), joint="curve")
        if radius >= 1:
            for x, y in line:
                draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=255)
    return np.asarray(mask.resize(size, Image.Resampling.BOX), np.float32) / 255


class Scene:
    """A photograph of a digit; what it shows is chosen by a condition, details by chance."""

    def __init__(self, digit, rng, size=None, height=None, pen=None, angle=None, margin=0.12):
        self.rng = rng
        long = int(rng.choice([400, 640, 800, 1200, 1600])) if size is None else max(size)
        self.size = size or (
            (long, long * 3 // 4) if rng.random() < 0.7 else (long * 3 // 4, long)
        )
        width, tall = self.size
        self.height = (height or rng.uniform(0.25, 0.6)) * tall
        self.pen = max(1.0, (pen or rng.uniform(0.05, 0.13)) * self.height)
        self.angle = rng.uniform(-6, 6) if angle is None else angle
        reach = self.height / 2 + margin * tall
        across = min(0.5 * width, self.height * 0.36 + margin * width)
        self.at = np.array(
            [
                rng.uniform(across, width - across),
                rng.uniform(reach, tall - reach) if 2 * reach < tall else tall / 2,
            ]
        )
        self.y, self.x = np.mgrid[:tall, :width].astype(np.float32)
        self.strokes = wobbled(DIGITS[digit], rng)
        self.ink = coverage(self.strokes, self.size, self.at, self.height, self.pen, self.angle)
        self.paper = np.full((tall, width), rng.uniform(170, 250), np.float32)
        self.dark = rng.uniform(0.1, 0.4)  # of the paper's brightness
        self.light = np.ones_like(self.paper)
        self.outside = np.zeros_like(self.paper, bool)
        self.noise = rng.uniform(0, 6)
        self.is_inverted = False
        self.colours = None
        self.finish = []  # what is done to the image in the end, one after another

    def span(self):
        """A rough length of the picture."""
        return float(np.hypot(*self.size))

    def side(self, angle, offset):
        """Signed distance in pixels from a line, whose normal has an angle, through a point."""
        turn = np.radians(angle)
        return (self.x - offset[0]) * np.cos(turn) + (self.y - offset[1]) * np.sin(turn)

    def desk(self, n_sides, texture=False, level=None, tilt=None, share=None):
        """Let the desk be seen along some sides."""
        rng, (width, tall) = self.rng, self.size
        level = level or rng.choice([rng.uniform(30, 120), rng.uniform(30, 90)])
        tilt = rng.uniform(-4, 4) if tilt is None else tilt
        first = rng.integers(4)
        for k in range(n_sides):
            angle = [0, 90, 180, 270][(first + k) % 4]
            normal = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
            room = self.room(angle + tilt)
            inner = self.at + normal * rng.uniform(0.25, 0.9) * room
            inner += normal * self.height * 0.62
            self.outside |= self.side(angle + tilt, inner) > 0
        desk = np.full_like(self.paper, level)
        if texture:
            grain = rng.normal(0, 1, (tall, width // 8 + 1))
            grain = np.repeat(grain, 8, axis=1)[:, :width]
            grain = ndimage.gaussian_filter(grain, (tall / 300, width / 20))
            desk += 0.12 * level * grain / grain.std()
        self.paper = np.where(self.outside, desk, self.paper)
        return self

    def room(self, angle):
        """How far it is from the digit's edge to the picture's edge in a direction."""
        normal = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
        width, tall = self.size
        far = [
            (edge - at) / n
            for n, at, end in zip(normal, self.at, (width, tall), strict=True)
            for edge in (0, end)
            if abs(n) > 1e-6 and (edge - at) / n > 0
        ]
        return max(0.0, min(far) - self.height * 0.62)

    def shadow(self, soft=None, depth=None, angle=None):
        """Darken one side of a line at any angle."""
        rng = self.rng
        angle = rng.uniform(0, 360) if angle is None else angle
        point = self.at + rng.normal(0, 0.2, 2) * self.size
        soft = rng.uniform(0.5, 0.02 * self.span()) if soft is None else soft
        self.light *= 1 - (depth or rng.uniform(0.25, 0.55)) / (
            1 + np.exp(-(self.side(angle, point) / max(soft, 0.5)).clip(-30, 30))
        )
        return self

    def hand(self):
        """The shadow of a hand with fingers, from one edge."""
        rng, (width, tall) = self.rng, self.size
        mask = Image.new("L", self.size, 0)
        draw = ImageDraw.Draw(mask)
        side = rng.choice([0, 1])
        x = width * (0.02 if side == 0 else 0.98)
        y = tall * rng.uniform(0.5, 1.0)
        r = 0.25 * tall
        draw.ellipse([x - 1.4 * r, y - r, x + 1.4 * r, y + r], fill=255)
        for k in range(3):
            toward = width * (0.3 + 0.05 * k) * (1 if side == 0 else -1)
            draw.line(
                [(x, y), (x + toward, y - r * (0.3 + 0.5 * k))],
                fill=255,
                width=int(0.09 * tall),
            )
        soft = ndimage.gaussian_filter(np.asarray(mask, np.float32) / 255, 0.012 * tall)
        self.light *= 1 - rng.uniform(0.25, 0.45) * soft
        return self

    def gradient(self, least=None):
        rng = self.rng
        angle = rng.uniform(0, 360)
        along = self.side(angle, (self.size[0] / 2, self.size[1] / 2)) / self.span()
        least = least or rng.uniform(0.4, 0.8)
        self.light *= 1 - (1 - least) * (along + 0.5)
        return self

    def ruled(self, squared=False, colour=None, spacing=None, width=None, margin=True):
        """Rule the paper, with lines fainter or darker."""
        rng, tall = self.rng, self.size[1]
        spacing = spacing or rng.uniform(0.05, 0.14) * tall
        width = width or max(1.0, rng.uniform(0.002, 0.005) * tall)
        depth = rng.uniform(0.15, 0.45) if colour is None else colour
        tilt = rng.uniform(-3, 3)
        covers = np.zeros_like(self.paper)
        for angle in (90, 0) if squared else (90,):
            d = self.side(angle + tilt, (rng.uniform(0, 99), rng.uniform(0, 99)))
            near = np.abs((d + spacing / 2) % spacing - spacing / 2)
            covers = np.maximum(covers, (width / 2 + 0.5 - near).clip(0, 1))
        if margin and not squared and rng.random() < 0.5:
            x = self.at[0] - 0.36 * self.height - 0.3 * rng.random() * self.at[0] - width * 2
            covers = np.maximum(
                covers, (width / 2 + 0.5 - np.abs(self.side(tilt, (x, self.at[1])))).clip(0, 1)
            )
        self.paper = np.where(self.outside, self.paper, self.paper * (1 - depth * covers))
        return self

    def box(self, inset=None, width=None):
        rng, (w, h) = self.rng, self.size
        inset = inset if inset is not None else int(rng.integers(1, 21))
        width = width or int(rng.integers(2, 9))
        frame = Image.new("L", self.size, 0)
        edge = [inset, inset, w - 1 - inset, h - 1 - inset]
        ImageDraw.Draw(frame).rectangle(edge, outline=255, width=width)
        self.ink = np.maximum(self.ink, np.asarray(frame, np.float32) / 255)
        return self

    def drawn_box(self):
        """A box around the digit, drawn by hand."""
        rng = self.rng
        r = self.height * rng.uniform(0.62, 0.8)
        corners = np.array([(-r, -r), (r, -r), (r, r), (-r, r), (-r, -r)]) * (0.8, 1)
        corners = corners + rng.normal(0, 0.03 * r, corners.shape)
        corners[-1] = corners[0]
        return self.line_around(corners)

    def circle(self):
        """A circle around the digit, as of a teacher's pen; its ends may not meet."""
        rng = self.rng
        angles = rng.uniform(0, 2 * np.pi) + np.linspace(0, rng.uniform(1.84, 2.1) * np.pi, 60)
        points = np.stack([np.cos(angles), np.sin(angles)], axis=1) * rng.uniform(0.7, 1.0, 2)
        return self.line_around(points * self.height)

    def line_around(self, points):
        image = Image.new("L", self.size, 0)
        line = [tuple(point) for point in points + self.at]
        ImageDraw.Draw(image).line(
            line, fill=255, width=max(1, round(self.pen * 0.6)), joint="curve"
        )
        self.ink = np.maximum(self.ink, np.asarray(image, np.float32) / 255)
        return self

    def specks(self, n=12):
        rng = self.rng
        image = Image.new("L", self.size, 0)
        draw = ImageDraw.Draw(image)
        for _ in range(n):
            x, y = rng.uniform(0, 1, 2) * self.size
            r = rng.uniform(0.1, 0.35) * self.pen
            draw.ellipse([x - r, y - r, x + r, y + r], fill=255)
        self.ink = np.maximum(self.ink, np.asarray(image, np.float32) / 255)
        return self

    def inverted(self):
        """Light on dark, as on a blackboard."""
        self.is_inverted = True
        return self

    def noisy(self, noise):
        self.noise = noise
        return self

    def pencil(self):
        self.dark = self.rng.uniform(0.75, 0.93)
        return self.noisy(self.rng.uniform(0, 3)).gradient(0.75)

    def coloured(self, ink, paper):
        self.colours = np.array(ink), np.array(paper)
        return self.noisy(2)

    def jpeg(self, quality):
        self.finish.append(lambda image: as_jpeg(image, quality))
        return self

    def blurred(self, radius):
        self.finish.append(lambda image: image.filter(ImageFilter.GaussianBlur(radius)))
        return self

    def perspective(self):
        """Taken from one side; what comes into view is dark."""
        width, tall = self.size
        corners = np.array([(0, 0), (0, tall), (width, tall), (width, 0)])
        corners = corners + self.rng.uniform(-0.06, 0.06, (4, 2)) * self.size
        self.finish.append(
            lambda image: image.transform(
                image.size,
                Image.Transform.QUAD,
                corners.ravel(),
                Image.Resampling.BICUBIC,
                fillcolor=60,
            )
        )
        return self

    def image(self):
        """Return the photograph."""
        if self.colours is None:
            levels = self.paper * self.light * (1 - self.ink * (1 - self.dark))
            levels = 255 - levels if self.is_inverted else levels
        else:
            share = self.ink[..., None]
            levels = (1 - share) * self.colours[1] + share * self.colours[0]
        levels = levels + self.rng.normal(0, self.noise, levels.shape)
        image = Image.fromarray(np.rint(levels.clip(0, 255)).astype(np.uint8))
        for step in self.finish:
            image = step(image)
        return image

    def plain(self):
        """Return the same strokes on plain paper; a thin pen is as thick as MNIST's."""
        pen = 280 * max(self.pen / self.height, 0.09)
        ink = coverage(self.strokes, (400, 400), np.array([200, 200]), 280, pen, self.angle)
        return Image.fromarray((255 - 220 * ink).astype(np.uint8))


def as_jpeg(image, quality):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=int(quality))
    return Image.open(file)


COLOURS = [
    ((220, 30, 30), (20, 105, 30)),
    ((235, 140, 40), (160, 160, 160)),
    ((200, 30, 40), (40, 60, 160)),
    ((255, 245, 150), (255, 255, 255)),
    ((200, 40, 30), (250, 220, 60)),
    ((30, 60, 170), (230, 225, 215)),
    ((70, 160, 90), (245, 240, 240)),
]


def on_desk(n_sides, **options):
    """Return what makes a scene with a desk in view."""
    return lambda d, r: (
        Scene(d, r, height=r.uniform(0.25, 0.45), margin=0.2)
        .gradient(0.8)
        .desk(n_sides, **options)
    )


CONDITIONS = {
    "plain": lambda d, r: Scene(d, r),
    "thin pen": lambda d, r: Scene(d, r, pen=r.uniform(0.01, 0.04)),
    "marker": lambda d, r: Scene(d, r, pen=r.uniform(0.14, 0.2)),
    "small": lambda d, r: Scene(
        d, r, size=(1600, 1200), height=r.uniform(0.05, 0.12), pen=r.uniform(0.06, 0.12)
    ),
    "small, thin": lambda d, r: Scene(
        d, r, size=(2000, 1500), height=r.uniform(0.06, 0.15), pen=r.uniform(0.02, 0.05)
    ),
    "in a corner": lambda d, r: Scene(d, r, height=r.uniform(0.15, 0.3), margin=0.01),
    "large": lambda d, r: Scene(d, r, height=r.uniform(0.75, 0.95), margin=0.01),
    "tilted": lambda d, r: Scene(d, r, angle=r.choice([-15, 15])),
    "noise 10-20": lambda d, r: Scene(d, r).noisy(r.uniform(10, 20)),
    "noise 40": lambda d, r: Scene(d, r, pen=r.uniform(0.07, 0.13)).noisy(40),
    "jpeg": lambda d, r: Scene(d, r).noisy(8).jpeg(r.integers(15, 50)),
    "light": lambda d, r: Scene(d, r).gradient(),
    "shadow edge": lambda d, r: Scene(d, r).shadow(),
    "sharp shadow": lambda d, r: Scene(d, r).shadow(soft=0.6),
    "hand": lambda d, r: Scene(d, r).hand(),
    "two shadows": lambda d, r: Scene(d, r).shadow().shadow().gradient(),
    "desk 1": on_desk(1),
    "desk 2": on_desk(2),
    "desk 3": on_desk(3),
    "desk 4": on_desk(4),
    "light desk": on_desk(2, level=235),
    "wood 2": on_desk(2, texture=True),
    "wood 4": on_desk(4, texture=True),
    "tilted desk": lambda d, r: Scene(d, r, height=0.3, margin=0.25).desk(
        4, tilt=r.uniform(-15, 15)
    ),
    "desk and shadow": lambda d, r: Scene(d, r, height=0.35, margin=0.2).desk(2).shadow(),
    "ruled": lambda d, r: Scene(d, r).ruled(),
    "ruled, dark": lambda d, r: Scene(d, r).ruled(colour=0.6).gradient(),
    "ruled, jpeg": lambda d, r: Scene(d, r).ruled().gradient().noisy(5).jpeg(60),
    "squared": lambda d, r: Scene(d, r).ruled(squared=True),
    "squared, dark": lambda d, r: Scene(d, r).ruled(squared=True, colour=0.5),
    "ruled, desk": lambda d, r: Scene(d, r, height=0.35, margin=0.2).desk(2).ruled(),
    "box inside the edge": lambda d, r: Scene(d, r).box(),
    "drawn box": lambda d, r: Scene(d, r, height=r.uniform(0.25, 0.4), margin=0.2).drawn_box(),
    "specks": lambda d, r: Scene(d, r).specks(),
    "blackboard": lambda d, r: Scene(d, r).gradient().inverted(),
    "blackboard, squared": lambda d, r: Scene(d, r).ruled(squared=True).inverted(),
    "blackboard, thin": lambda d, r: Scene(d, r, pen=0.03).shadow().inverted(),
    "pencil": lambda d, r: Scene(d, r, pen=r.uniform(0.04, 0.08)).pencil(),
    "pencil, jpeg": lambda d, r: Scene(d, r).pencil().jpeg(85),
    "colours": lambda d, r: Scene(d, r).coloured(*COLOURS[r.integers(len(COLOURS))]),
    "blurred": lambda d, r: Scene(d, r).blurred(r.uniform(2, 5)),
    "perspective, desk": lambda d, r: on_desk(3)(d, r).perspective(),
    "perspective, ruled": lambda d, r: on_desk(0)(d, r).ruled().perspective(),
    "perspective, squared, blurred": lambda d, r: (
        on_desk(0)(d, r).ruled(squared=True).perspective().blurred(1.5)
    ),
    "circled": lambda d, r: (
        Scene(d, r, height=r.uniform(0.2, 0.3), margin=0.3).circle().gradient().noisy(3)
    ),
}
LARGE = {
    "12 megapixels": lambda d, r: (
        Scene(d, r, size=(4000, 3000), height=r.uniform(0.1, 0.4)).noisy(8).gradient().jpeg(80)
    ),
}


def clean(digit, rng):
    """The same strokes as `Scene` draws from the same state of chance, on plain paper."""
    return Scene(digit, rng, size=(400, 400), height=0.7, pen=0.1, angle=0)
