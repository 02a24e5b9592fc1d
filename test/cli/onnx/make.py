"""Small networks of PyTorch as models of ONNX, each with inputs and what PyTorch makes of them: models/NAME.onnx and .json.

    /usr/bin/python3 test/cli/onnx/make.py [FOLDER]

Made with PyTorch 1.13 (Debian 12: python3-torch); torch.onnx.export of that version needs no other package. Batch 3 in the data,
whatever length the model was exported with.
"""
import json
import os
import sys
import warnings

import torch
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")
FOLDER = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "models")


def make(name, model, *inputs, open_axes=None, opset=13, train=False):
    """`open_axes`: for each input the axes whose length is left open, with names; by default the first one."""
    torch.manual_seed(hash_of(name))
    for parameter in model.parameters():
        nn.init.uniform_(parameter, -0.6, 0.6)
    for key, buffer in model.named_buffers():
        if key.endswith("running_var"):
            nn.init.uniform_(buffer, 0.5, 2)
        elif key.endswith("running_mean"):
            nn.init.uniform_(buffer, -1, 1)
    model.eval()
    names = [f"x{i + 1}" if len(inputs) > 1 else "x" for i in range(len(inputs))]
    axes = open_axes if open_axes is not None else [{0: "batch"} for _ in inputs]
    with torch.no_grad():
        found = model(*inputs)
    outputs = list(found) if isinstance(found, (tuple, list)) else [found]
    called = [f"out{i + 1}" if len(outputs) > 1 else "out" for i in range(len(outputs))]
    path = os.path.join(FOLDER, name + ".onnx")
    torch.onnx.export(
        model,
        inputs,
        path,
        input_names=names,
        output_names=called,
        dynamic_axes={n: a for n, a in zip(names, axes) if a},
        opset_version=opset,
    )
    tensor = lambda t: {"shape": list(t.shape), "values": [round(v, 7) for v in t.double().flatten().tolist()]}
    with open(os.path.join(FOLDER, name + ".json"), "w") as file:
        json.dump(
            {
                "inputs": {n: tensor(t) for n, t in zip(names, inputs)},
                "outputs": {n: tensor(t) for n, t in zip(called, outputs)},
            },
            file,
        )
        file.write("\n")


def hash_of(name):
    return sum(ord(c) * 31**i for i, c in enumerate(name)) % 2**31


class Of(nn.Module):
    """A network by a function, with layers under their names."""

    def __init__(self, forward, **layers):
        super().__init__()
        for name, layer in layers.items():
            setattr(self, name, layer)
        self.call = forward

    def forward(self, *inputs):
        return self.call(self, *inputs)


def numbers(*shape):
    return torch.randn(*shape)


torch.manual_seed(1)
B = 3

make("mlp", nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3), nn.Softmax(dim=1)), numbers(B, 4))
make(
    "activations",
    Of(
        lambda m, x: F.log_softmax(
            m.b(
                F.leaky_relu(m.a(x), 0.1)
                + F.elu(x, 1.5)
                + torch.tanh(x)
                + F.softplus(x)
                + F.gelu(x)
                + F.hardsigmoid(x)
                + F.hardtanh(x)
                + torch.clamp(x, min=-0.5)
                + F.selu(x)
                + F.silu(x)
                + F.hardswish(x)
                + F.softsign(x)
                + F.celu(x, 2.0)
            ),
            dim=-1,
        ),
        a=nn.Linear(4, 4),
        b=nn.Linear(4, 3, bias=False),
    ),
    numbers(B, 4),
)
make(
    "arithmetic",
    Of(
        lambda m, x, y: (
            (2 * x - y / (1 + y**2)) ** 2 * m.gain.weight[0] + m.gain.bias.view(2, 1),
            torch.where(x > y, torch.exp(-x), torch.max(x, y)).sum(dim=(1, 2)),
            torch.sqrt(torch.abs(x)).mean(dim=2, keepdim=True) * torch.sigmoid(y[:, :1]),
            (x * y).sum(-1).max(dim=1)[0],
        ),
        gain=nn.Linear(3, 2),
    ),
    numbers(B, 2, 3),
    numbers(B, 2, 3),
)
make(
    "lenet",
    nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(3, 4, 3),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(4, 5),
        nn.Tanh(),
        nn.Linear(5, 3),
        nn.Softmax(dim=-1),
    ),
    numbers(B, 1, 8, 8),
)
make(
    "windows",
    Of(
        lambda m, x: m.h(
            torch.cat(
                [
                    m.c(F.max_pool2d(m.a(x), 3, 2, 1)).flatten(1),
                    F.avg_pool2d(m.b(x), 3, 2, 1).flatten(1),
                    F.avg_pool2d(x, (2, 3), (1, 2), (0, 1), count_include_pad=False).flatten(1),
                    F.max_pool2d(x, 2, 2, ceil_mode=True).mean(dim=(2, 3)),
                ],
                dim=1,
            )
        ),
        a=nn.Conv2d(2, 4, (3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2)),
        b=nn.Conv2d(2, 2, 3, groups=2, padding=1),
        c=nn.Conv2d(4, 2, 2, groups=2),
        h=nn.Linear(86, 2),
    ),
    numbers(B, 2, 7, 7),
)
make(
    "residual",
    Of(
        lambda m, x: m.h(F.adaptive_avg_pool2d(F.relu(m.n2(m.b(F.relu(m.n1(m.a(x))))) + m.s(x)), 1).flatten(1)),
        a=nn.Conv2d(2, 3, 3, padding=1, bias=False),
        n1=nn.BatchNorm2d(3),
        b=nn.Conv2d(3, 3, 3, padding=1, bias=False),
        n2=nn.BatchNorm2d(3),
        s=nn.Conv2d(2, 3, 1),
        h=nn.Linear(3, 2),
    ),
    numbers(B, 2, 5, 5),
)
make(
    "normalised",
    Of(
        lambda m, x: m.i(m.c((m.b(m.a(m.n(x)).transpose(1, 2)).transpose(1, 2)).transpose(1, 2))).flatten(1),
        n=nn.LayerNorm(4),
        a=nn.Linear(4, 3),
        b=nn.BatchNorm1d(3),
        c=nn.Conv1d(3, 2, 2),
        i=nn.InstanceNorm1d(2, affine=True),
    ),
    numbers(B, 5, 4),
)
make("autoencoder", nn.Sequential(nn.Conv2d(1, 2, 3, stride=2), nn.ReLU(), nn.ConvTranspose2d(2, 1, 3, stride=2), nn.Sigmoid()), numbers(B, 1, 7, 7))
make("series", nn.Sequential(nn.Conv1d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv1d(4, 2, 3, padding=2, dilation=2), nn.AdaptiveAvgPool1d(1), nn.Flatten()), numbers(B, 3, 6))


def last(m, x):
    y, _ = m.r(x)
    return m.o(y[:, -1])


def whole(m, x):
    y, _ = m.r(x)
    return F.softmax(m.o(y), dim=-1)


TIME = [{0: "batch", 1: "time"}]
make("rnn", Of(last, r=nn.RNN(3, 4, batch_first=True), o=nn.Linear(4, 2)), numbers(B, 5, 3), open_axes=TIME)
make("fixed-lenet", Of(lambda m, x: m.f(F.max_pool2d(F.relu(m.c(x)), 2).view(x.size(0), -1)), c=nn.Conv2d(1, 2, 3), f=nn.Linear(2, 3)), numbers(1, 1, 4, 4), open_axes=[None])
make("time-first", Of(lambda m, x: m.o(m.r(x)[0][-1]), r=nn.GRU(3, 4, bidirectional=True), o=nn.Linear(8, 2)), numbers(5, B, 3), open_axes=[{0: "time", 1: "batch"}])
make("gru", Of(last, r=nn.GRU(3, 4, batch_first=True), o=nn.Linear(4, 2)), numbers(B, 5, 3), open_axes=TIME)
make("lstm", Of(last, r=nn.LSTM(3, 4, batch_first=True), o=nn.Linear(4, 2)), numbers(B, 5, 3), open_axes=TIME)
make("lstm-fixed", Of(whole, r=nn.LSTM(3, 4, num_layers=2), o=nn.Linear(4, 2)), numbers(5, 1, 3), open_axes=[None])
make("bilstm", Of(whole, r=nn.LSTM(2, 3, num_layers=2, bidirectional=True, batch_first=True), o=nn.Linear(6, 2)), numbers(B, 4, 2), open_axes=TIME)
make(
    "states",
    Of(
        lambda m, x, h: (lambda y: (y[0][:, 0], y[1].transpose(0, 1)))(m.r(x, h.transpose(0, 1).contiguous())),
        r=nn.GRU(2, 3, bidirectional=True, batch_first=True),
    ),
    numbers(B, 4, 2),
    numbers(B, 2, 3),
)
make(
    "tokens",
    Of(lambda m, x: F.softmax(m.o(m.r(m.e(x))[1].squeeze(0)), dim=1), e=nn.Embedding(7, 3), r=nn.GRU(3, 4, batch_first=True), o=nn.Linear(4, 7)),
    torch.randint(0, 7, (B, 5)),
    open_axes=TIME,
)


class Attention(nn.Module):
    """A block of a transformer with two heads."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.o = nn.Linear(width, width)
        self.n1 = nn.LayerNorm(width)
        self.n2 = nn.LayerNorm(width)
        self.a = nn.Linear(width, 2 * width)
        self.b = nn.Linear(2 * width, width)
        self.place = nn.Parameter(torch.zeros(1, 5, width))

    def forward(self, x):
        x = x + self.place
        B, T, D = x.shape
        q, k, v = self.qkv(self.n1(x)).chunk(3, dim=-1)
        split = lambda u: u.view(B, T, self.heads, D // self.heads).transpose(1, 2)
        q, k, v = split(q), split(k), split(v)
        a = torch.softmax(q @ k.transpose(-2, -1) / (D // self.heads) ** 0.5, dim=-1) @ v
        x = x + self.o(a.transpose(1, 2).reshape(B, T, D))
        return x + self.b(F.gelu(self.a(self.n2(x))))


make("attention", Attention(4, 2), numbers(B, 5, 4))
make("older", nn.Sequential(nn.Conv2d(1, 2, 2), nn.ReLU6(), nn.Flatten(), nn.Linear(8, 3), nn.Softmax(dim=1)), numbers(B, 1, 3, 3), opset=9)
make("newer", nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Softmax(dim=1), nn.Linear(4, 1)), numbers(B, 3), opset=17)
make("fixed", nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1), nn.Sigmoid()), numbers(1, 3), open_axes=[None])
make(
    "shapes",
    Of(
        lambda m, x: (
            x.permute(0, 2, 3, 1).reshape(-1, 4, 6)[:, 1:3] @ m.w.weight.t(),
            x.reshape(x.shape[0], 3, 8).unsqueeze(1).expand(-1, 2, -1, -1)[:, :, ::2].flatten(2).split(8, dim=2)[1],
            F.pad(x[:, 0], (1, 0, 0, 2)).sum(1),
            torch.einsum("bcij,dj->bdi", x, m.w.weight[:, :4]),
            torch.stack([x[:, 0].mean((1, 2)), x[:, 1].amax((1, 2))], dim=1),
        ),
        w=nn.Linear(6, 2),
    ),
    numbers(B, 3, 2, 4),
)
