"""What we answer to calls of one operation, compiled: a verdict becomes a reply or a fault.

Every answer is written once when it is compiled, so that one that the WSDL does not allow is told before any call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web

from guantong.problems import Problem, ProblemsError
from guantong.record import Acceptance, Fields, Verdict
from guantong.replytree import text_at
from guantong_adapters.http.whole import WholeResponse
from guantong_adapters.soap.calls.message import CompiledOperation
from guantong_adapters.soap.calls.unfit import Unfit, Want, kind_of
from guantong_adapters.soap.faulting import fault_answer
from guantong_adapters.soap.framing import CLOSING, content_type, detail_of, opening
from guantong_adapters.soap.inner import InnerTexts
from guantong_adapters.soap.serving.codes import ANSWER_UNFIT, NO_REPLY
from guantong_adapters.soap.serving.repeating import Repeatable
from guantong_adapters.soap.serving.settings import REPEATED, Refusal, ServedOperation, repeated
from guantong_adapters.soap.wsdl.choose import unknown_name

Answer = Callable[[Verdict, Fields], web.Response]
"""The answer that says a verdict on the request of those fields."""
_TRIAL = Verdict(Acceptance.REFUSED, 1, "GT000", "reason", "原因")
_PLAIN = Refusal()


class Answers:
    """The answers of one operation in *charset*, the inner documents of replies written as *texts* say. Raises `ProblemsError`, at paths below
    the operation's own."""

    def __init__(
        self, operation: CompiledOperation, told: ServedOperation, everywhere: tuple[Refusal | None, Refusal | None],
        texts: InnerTexts, charset: str, repeatable: Repeatable,
    ) -> None:
        self._operation = operation
        self._repeatable = repeatable
        self._texts = texts
        self._charset = charset
        refused, again = told.refused or everywhere[0] or _PLAIN, told.again or everywhere[1]
        self._taken = self._tried("taken", self._reply(told.taken, "taken"), told.taken)
        self._refused = self._tried("refused", self._refusal(refused, "refused"), _texts_of(refused))
        self._again = _come_again(operation) if again is None else self._tried("again", self._refusal(again, "again"), _texts_of(again))

    def answer(self, verdict: Verdict, fields: Fields) -> web.Response:
        """The answer that says *verdict* on the request of *fields*."""
        if verdict.taken:
            return self._taken(verdict, fields)
        if verdict.again:
            return self._again(verdict, fields)
        return self._refused(verdict, fields)

    def _refusal(self, refusal: Refusal, at: str) -> Answer:
        if refusal.reply is not None:
            return self._reply(refusal.reply, f"{at}.reply")
        return self._fault(refusal, at)

    def _reply(self, fields: Mapping[str, str], at: str) -> Answer:
        operation, charset = self._operation, self._charset
        reply = operation.reply
        if reply is None:
            if fields:
                raise ProblemsError([Problem(NO_REPLY, path=at, details={"operation": operation.name})])
            return lambda _verdict, _fields: web.Response(status=202)
        version, texts = operation.version, self._texts
        before, headers = opening(version, charset), content_type(version, charset)

        def answer(verdict: Verdict, asked: Fields) -> web.Response:
            said = _nested(fields, verdict, asked)
            texts.written(said)
            body = f"{before}{reply.write(said)}{CLOSING}".encode(charset)
            return WholeResponse(body=body, headers=headers)

        return answer

    def _fault(self, refusal: Refusal, at: str) -> Answer:
        operation, charset = self._operation, self._charset
        version = operation.version
        if refusal.fault is None:
            return lambda verdict, asked: fault_answer(
                version, refusal.blame, _said(refusal.reason, verdict, asked), detail_of({"code": verdict.code}), charset=charset)
        declared = operation.faults.get(refusal.fault)
        if declared is None:
            [problem] = [unknown_name("fault", refusal.fault, list(operation.faults))]
            raise ProblemsError([Problem(problem.code, path=f"{at}.fault", details=problem.details)])

        def answer(verdict: Verdict, asked: Fields) -> web.Response:
            detail = declared.write(_nested(refusal.fields, verdict, asked))
            return fault_answer(version, refusal.blame, _said(refusal.reason, verdict, asked), detail, charset=charset)

        return answer

    def _tried(self, at: str, answer: Answer, texts: Mapping[str, str]) -> Answer:
        """*answer*, once it was seen to fit; what it repeats of a request is told apart first. Where the words of a verdict do
        not fit (they are longer than the WSDL allows), or what a request said, a plain fault says so."""
        for text in texts.values():
            self._repeatable.hold(self._operation.name, repeated(text), at)
        try:
            answer(_TRIAL, {})
        except Unfit as error:
            if not repeated(texts.get("/".join(error.path), "")):
                raise ProblemsError([Problem(ANSWER_UNFIT, path=at, details=error.details())]) from None

        def answered(verdict: Verdict, asked: Fields) -> web.Response:
            try:
                return answer(verdict, asked)
            except Unfit as error:
                problem = Problem(ANSWER_UNFIT, details=error.details())
                said = f"{_said(_PLAIN.reason, verdict, asked)}; {problem.message('zh')} / {problem.message('en')} [{problem.code.id}]"
                detail = detail_of({"code": verdict.code or problem.code.id})
                return fault_answer(self._operation.version, "Server" if verdict.taken else "Client", said, detail)

        return answered


def _come_again(operation: CompiledOperation) -> Answer:
    return lambda verdict, asked: fault_answer(
        operation.version, "Server", _said(_PLAIN.reason, verdict, asked), detail_of({"code": verdict.code}), status=503)


def _texts_of(refusal: Refusal) -> dict[str, str]:
    """The texts of a refusal, by path; its reason, where it says one."""
    if refusal.reply is not None:
        return refusal.reply
    return {**refusal.fields, "": refusal.reason}


def _said(template: str, verdict: Verdict, asked: Fields) -> str:
    return verdict.template(template).format_map({
        "message": str(verdict.message), "code": verdict.code, "reason": verdict.reason,
        "reason_zh": verdict.reason_zh or verdict.reason, "request": _Request(asked),
    })


class _Request:
    """The fields of a request, as `{request:path}` in a text asks for them."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields

    def __format__(self, path: str) -> str:
        return text_at(self._fields, path)


def _nested(texts: Mapping[str, str], verdict: Verdict, asked: Fields) -> Fields:
    """The fields of texts by path. One that only repeats what the request does not say is left out."""
    fields: Fields = {}
    for path, template in texts.items():
        said = _said(template, verdict, asked)
        if not said and REPEATED.fullmatch(template):
            continue
        *around, name = path.split("/")
        inside = fields
        for one in around:
            inside = inside.setdefault(one, {})
            if not isinstance(inside, dict):
                raise Unfit(path, Want.OBJECT, kind_of(inside))
        inside[name] = said
    return fields
