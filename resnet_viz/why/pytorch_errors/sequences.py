"""What recurrent layers, attention and einsum say of what they are given, and torch.compile of code it cannot read."""

from __future__ import annotations

from .entry import Cause, Entry, Found, Told, shape, sides

_PLACES = "x = x.flatten(2).transpose(1, 2)  # N×C×H×W to N×(H·W)×C"  # a map's places as a sequence


def _input_size(found: Found) -> Told | None:
    want, got = found.number("want"), found.number("got")
    if want is None or got is None:
        return None
    return Told(
        f"The recurrent layer reads {want:,} numbers a step, and the last axis has {got:,}.",
        (
            Cause("Another axis stands last, such as the channels of a C×H×W map before its width.", "Put the features of a step last.", _PLACES),
            Cause("Each step has another number of features:", "build the layer for them.", f"nn.LSTM(input_size={got}, hidden_size=hidden_size, batch_first=True)"),
        ),
    )  # fmt: skip


def _hidden(found: Found) -> Told | None:
    want, got = found.shape("want"), found.shape("got")
    if len(want) != len(got) or want == got:
        return None
    what = f"The hidden state is to be {sides(want)}, layers × batch × features, and is {sides(got)}."
    state = Cause("It was made with another number of layers, directions or features.", "Make it of the layer's own.", "state = None  # which begins with zeros")  # fmt: skip
    if len(want) < 3 or want[1] == got[1]:
        return Told(what, (state,))
    batch = Cause(
        f"It is of a batch of {got[1]:,}, and the input of {want[1]:,}: the last batch is smaller, or the state is kept from the batch before.",
        "Leave the incomplete batch out, or begin anew with each batch.",
        "DataLoader(dataset, batch_size, drop_last=True)",
    )
    first = Cause(
        "The batch stands first in the input, and the layer expects the steps first; the state's batch is never first.",
        "Say so.",
        "nn.LSTM(input_size, hidden_size, batch_first=True)",
    )
    return Told(what, (batch, first))


def _unbatched(found: Found) -> Told | None:
    axes = found.number("axes")
    if axes == 2:
        return Told(
            "The input has no batch axis and the hidden state has one.",
            (Cause("The batch dimension of the input is missing.", "Add it, where the layer has it.", "x = x.unsqueeze(0)  # with batch_first=True"),),
        )  # fmt: skip
    if axes == 3:
        return Told(
            "The input has a batch axis and the hidden state has none.",
            (Cause("The state was made for one sequence alone.", "Give it the axis of the batch, which is its second.", "state = torch.zeros(num_layers, x.shape[0], hidden_size)"),),
        )  # fmt: skip
    return None


def _cell(found: Found) -> Told | None:
    got, want = found.number("got"), found.number("want")
    if got is None or want is None:
        return None
    if found.word("what") == "input_size":
        return Told(f"The recurrent cell reads {want:,} numbers, and is given {got:,}.", (Cause("The layer before makes another number of features.", "Build the cell for them.", f"nn.LSTMCell(input_size={got}, hidden_size=hidden_size)"),))  # fmt: skip
    return Told(f"The cell keeps {want:,} numbers, and its state has {got:,}.", (Cause("The state was made for another cell.", "Make it of the cell's size.", f"state = torch.zeros(x.shape[0], {want})"),))  # fmt: skip


def _cells_batch(found: Found) -> Told | None:
    images, kept = found.number("images"), found.number("kept")
    if images is None or kept is None:
        return None
    return Told(f"The input is a batch of {images:,} and the state of {kept:,}.", (Cause("The last batch is smaller, or the state is kept from the batch before.", "Make the state for each batch.", "state = torch.zeros(x.shape[0], hidden_size)"),))  # fmt: skip


def _recurrent_axes(found: Found) -> Told | None:
    got = found.number("got")
    if got is None:
        return None
    return Told(
        f"A recurrent layer reads steps × features, alone or in a batch, and is given {got} axes.",
        (Cause("It is given maps, or a batch of them.", "Make a sequence of the map's places first.", _PLACES),),
    )  # fmt: skip


def _embedding(found: Found) -> Told | None:
    want, got = found.number("want"), found.number("got")
    if want is None or got is None:
        return None
    return Told(
        f"The attention is made for tokens of {want:,} numbers, and the last axis has {got:,}.",
        (
            Cause("The tokens come from a network of another width.", "Bring them to it.", f"x = nn.Linear({got}, {want})(x)"),
            Cause("A map was given instead of tokens, with its channels not last:", "make tokens of it.", _PLACES),
        ),
    )  # fmt: skip


def _heads(found: Found) -> Told | None:
    return Told(
        "The width of the tokens is shared out among the heads, and is no multiple of their number.",
        (Cause("embed_dim and num_heads do not go together.", "Take a number of heads that divides it.", "nn.MultiheadAttention(embed_dim=512, num_heads=8)  # 64 each"),),
    )  # fmt: skip


def _mask(found: Found) -> Told | None:
    given, want = found.shape("given"), found.shape("want")
    if not given or not want or given == want:
        return None
    causes = [
        Cause(f"It was made for {given[-1]:,} tokens, and there are {want[-1]:,}: another length, or a class token more.", "Make it of the sequence at hand.", "mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])"),
        Cause("The batch stands first, and the attention expects the tokens first:", "say so.", "nn.MultiheadAttention(embed_dim, num_heads, batch_first=True)"),
    ]  # fmt: skip
    if len(want) == 3 and given[1:] == want[1:]:
        causes = [Cause(f"A mask of three axes has one matrix for each head of each image, {want[0]:,} in all.", "Repeat it for the heads.", "mask = mask.repeat_interleave(num_heads, dim=0)")]  # fmt: skip
    return Told(f"The mask is {sides(given)} and must be {sides(want)}.", tuple(causes))


def _padding_mask(found: Found) -> Told | None:
    want, got = found.number("want"), found.number("got")
    if want is None or got is None:
        return None
    return Told(
        f"The padding mask has {got:,} where {want:,} are needed: it is batch × tokens.",
        (
            Cause("The batch stands first in the tokens, and the attention expects it second.", "Say so.", "nn.MultiheadAttention(embed_dim, num_heads, batch_first=True)"),
            Cause("The mask itself is turned:", "turn it.", "mask = mask.T"),
        ),
    )  # fmt: skip


def _key_value(found: Found) -> Told | None:
    key, value = found.shape("key"), found.shape("value")
    if not key or not value:
        return None
    return Told(f"Each key has its value, and the keys are {sides(key)} and the values {sides(value)}.", (Cause("They come from two places of another length or batch.", "Give both the same tokens.", "output, weights = attention(query, memory, memory)"),))  # fmt: skip


def _attention_axes(found: Found) -> Told | None:
    got = found.number("got")
    if got is None:
        return None
    return Told(
        f"Attention reads tokens × numbers, alone or in a batch, and is given {got} axes.",
        (Cause("It is given a map.", "Make tokens of the map's places first.", _PLACES),),
    )  # fmt: skip


def _letter(found: Found) -> Told | None:
    letter, size, before = found.word("letter"), found.number("size"), found.number("before")
    if size is None or before is None:
        return None
    return Told(
        f"In einsum's equation {letter} is one size wherever it stands, and it is {before:,} in one operand and {size:,} in another.",
        (Cause("The operands' axes are in another order than the equation says, or one of them has another size.", "Print both shapes, and write the letters in their order.", "print(a.shape, b.shape)"),),
    )  # fmt: skip


def _letters(found: Found) -> Told | None:
    letters, axes = found.number("letters"), found.number("axes")
    if letters is None or axes is None:
        return None
    more = (
        "such as the batch's or the heads'"
        if axes > letters
        else "or the operand lost one, such as by squeeze or an index"
    )
    return Told(
        f"einsum's equation has {letters} letters for an operand of {axes} axes.",
        (Cause(f"The equation leaves axes out, {more}." if axes > letters else f"The equation has axes too many, {more}.", "Give every axis a letter, or write … for those in front.", "torch.einsum('...ij,...jk->...ik', a, b)"),),
    )  # fmt: skip


def _operands(found: Found) -> Told | None:
    return Told(
        f"einsum was given {found.word('which')} operands than its equation has parts.",
        (Cause("The equation's parts before the arrow, between commas, are one for each operand.", "Write as many.", "torch.einsum('bij,bjk->bik', a, b)"),),
    )  # fmt: skip


def _result(found: Found) -> Told | None:
    return Told(
        f"einsum's result has a letter, {found.word('letter')}, that none of its operands has.",
        (Cause("It is mistyped, or an operand is missing.", "Use letters that stand before the arrow.", "torch.einsum('bij,bjk->bik', a, b)"),),
    )  # fmt: skip


def _branching(found: Found) -> Told | None:
    return Told(
        "torch.compile reads the code before the numbers are there, and a branch in it depends on them.",
        (
            Cause("An if or a while asks for a tensor's value, and fullgraph=True or an export allows no break there.", "Choose between values and not between ways.", "x = torch.where(x.sum() > 0, x, 2 * x)"),
            Cause("The branch is needed as it is:", "let torch.compile break there.", "model = torch.compile(model)  # without fullgraph=True"),
        ),
    )  # fmt: skip


ENTRIES = (
    Entry("recurrent input", _input_size, ((r"input\.size\(-1\) must be equal to input_size\. Expected (?P<want>\d{1,15}), got (?P<got>\d{1,15})", "0.3–"),)),
    Entry("hidden state", _hidden, ((rf"Expected hidden(?:\[\d\])? size {shape('want')}, got {shape('got')}", "0.3–"),)),
    Entry("hidden state's axes", _unbatched, ((r"For (?:un)?batched (?P<axes>\d)-D input, hx (?:and cx )?should also be", "1.11–"),)),
    Entry("recurrent cell", _cell, ((r"(?:input|hidden\d) has inconsistent (?P<what>input_size|hidden_size):? got (?P<got>\d{1,15}),? expected (?P<want>\d{1,15})", "0.3–"),)),
    Entry("recurrent cell's batch", _cells_batch, ((r"Input batch size (?P<images>\d{1,15}) doesn't match hidden\d? batch size (?P<kept>\d{1,15})", "0.3–"),)),
    Entry("recurrent axes", _recurrent_axes, ((r"(?:LSTM|GRU|RNN|LSTMCell|GRUCell|RNNCell): Expected input to be [^\n]{1,40}, got (?P<got>\d)D instead", "1.11–"),)),
    Entry("attention's width", _embedding, ((r"was expecting embedding dimension of (?P<want>\d{1,15}), but got (?P<got>\d{1,15})", "1.10–"),)),
    Entry("attention's heads", _heads, ((r"embed_dim must be divisible by num_heads", "1.1–"),)),
    Entry("attention's mask", _mask, ((rf"The shape of the \dD attn_mask is {shape('given')}, but should be {shape('want')}", "1.5–"),)),
    Entry("padding mask", _padding_mask, ((r"Expected key_padded_mask\.shape\[\d\] to be (?P<want>\d{1,15}), but got (?P<got>\d{1,15})", "1.9–"),)),
    Entry("keys and values", _key_value, ((rf"key shape {shape('key')} does not match value shape {shape('value')}", "1.10–"),)),
    Entry("attention's axes", _attention_axes, ((r"query should be unbatched 2D or batched 3D tensor but received (?P<got>\d)-D", "1.11–"),)),
    Entry("einsum's sizes", _letter, ((r"einsum\(\): subscript (?P<letter>\w) has size (?P<size>\d{1,15}) for operand \d{1,2} which does not broadcast with previously seen size (?P<before>\d{1,15})", "1.8–"),)),
    Entry("einsum's axes", _letters, ((r"einsum\(\): the number of subscripts in the equation \((?P<letters>\d{1,3})\) (?:does not match|is more than) the number of dimensions \((?P<axes>\d{1,3})\)", "1.8–"),)),
    Entry("einsum's operands", _operands, ((r"einsum\(\): (?P<which>fewer|more) operands were provided than specified in the equation", "1.8–"),)),
    Entry("einsum's result", _result, ((r"einsum\(\): output subscript (?P<letter>\w) does not appear in the equation", "1.8–"),)),
    Entry("branch on a tensor", _branching, ((r"Data-dependent branching", "2.7–"), (r"Dynamic control flow is not supported", "2.1–2.6"), (r"generic_jump TensorVariable", "2.0–2.6"))),
)  # fmt: skip
