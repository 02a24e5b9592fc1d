"""PyTorch, eagerly, on one thread: `pytorch.py FOLDER PRECISION`. The commands are those of host.mjs."""

import json
import sys
import time

import_start = time.perf_counter()
import numpy as np
import torch

torch.set_num_threads(1)
folder, precision = sys.argv[1:]
dtype = torch.float64 if precision == "f64" else torch.float32
workload = json.load(open(f"{folder}/workload.json"))
layers = workload["shaped"]
B = workload["batch"]


def numbers(name, kind=np.float64):
    return np.fromfile(name if "/" in name else f"{folder}/{name}", kind)


theta = numbers("theta")
parameters = []
for l in layers:
    if "pool" in l:
        continue
    shape = [l["conv"], l["from"][0], l["size"], l["size"]] if "conv" in l else [l["dense"], l["inputs"]]
    parameters.append((l["at"], l["weights"], shape))
    if l["biases"]:
        parameters.append((l["at"] + l["weights"], l["biases"], [l["biases"]]))
variables = [torch.empty(shape, dtype=dtype, requires_grad=True) for _, _, shape in parameters]
acts = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid}


def load():
    with torch.no_grad():
        for v, (at, length, shape) in zip(variables, parameters):
            v.copy_(torch.from_numpy(theta[at : at + length].reshape(shape)))


def save(path):
    now = np.empty_like(theta)
    for v, (at, length, _) in zip(variables, parameters):
        now[at : at + length] = v.detach().double().numpy().ravel()
    now.tofile(path)


def given(values, shape):
    return torch.from_numpy(values.reshape([-1, *shape])).to(dtype)


picture = workload["input"]
x, y = given(numbers("x"), picture), given(numbers("y"), [layers[-1]["outputs"]])


def step(x, y, rate):
    a = x
    v = iter(variables)
    for l in layers:
        if "pool" in l:
            a = torch.nn.functional.max_pool2d(a, l["pool"])
            continue
        w, b = next(v), next(v) if l["biases"] else None
        if "conv" in l:
            a = torch.nn.functional.conv2d(a, w, b)
        else:
            a = torch.nn.functional.linear(a.reshape(B, l["inputs"]), w, b)
        if "act" in l:
            a = acts[l["act"]](a)
    if workload["loss"] == "squares":
        loss = ((a - y) ** 2).sum() / (2 * B)
    else:
        loss = torch.nn.functional.cross_entropy(a, y)
    for v in variables:
        v.grad = None
    loss.backward()
    with torch.no_grad():
        for v in variables:
            v.sub_(v.grad, alpha=rate)
    return loss.item()


def timed(n, rate=1e-6):
    before = time.process_time()
    for _ in range(n):
        step(x, y, rate)
    return (time.process_time() - before) * 1e6


load()
done = 0
everything = None
print(f"= {torch.__version__} | {time.process_time() * 1000:.0f}", flush=True)
for line in sys.stdin:
    command, *words = line.split()
    answer = ""
    if command == "step":
        load()
        step(x, y, float(words[0]))
        save(words[1])
        load()
    elif command == "time":
        wanted = float(words[0]) * 1e6
        n = 1
        spent = timed(n)
        while spent < wanted / 8:
            n *= 2
            spent = timed(n)
        n = max(1, round(n * wanted / spent))
        answer = timed(n) / n
    elif command == "first":
        while done < float(words[0]):
            step(x, y, 1e-6)
            done += 1
        answer = (time.perf_counter() - import_start) * 1000
    elif command == "epoch":
        if everything is None:
            everything = given(numbers("all.x"), picture), given(numbers("all.y"), [layers[-1]["outputs"]])
        order = torch.from_numpy(numbers(words[1], np.int32).astype(np.int64))
        before = time.process_time()
        for at in range(0, len(order) - B + 1, B):
            chosen = order[at : at + B]
            step(everything[0][chosen], everything[1][chosen], float(words[0]))
        answer = (time.process_time() - before) * 1000
    elif command == "save":
        save(words[0])
    print(f"= {answer}", flush=True)
