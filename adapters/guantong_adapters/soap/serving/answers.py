"""What we answer to calls of one operation, compiled: a verdict becomes a reply or a fault.

Every answer is written once when it is compiled, so that one that the WSDL does not allow is told before any call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web

from guantong.problems import Problem, ProblemsError
from guantong.record import Acceptance, Fields, Verdict
from guantong_adapters.http.whole import WholeResponse
from guantong_adapters.soap.calls.message import CompiledOperation
from guantong_adapters.soap.calls.unfit import Unfit, Want, kind_of
from guantong_adapters.soap.faulting import fault_answer
from guantong_adapters.soap.framing import CLOSING, content_type, detail_of, opening
from guantong_adapters.soap.inner import InnerTexts
from guantong_adapters.soap.serving.codes import ANSWER_UNFIT, NO_REPLY
from guantong_adapters.soap.serving.settings import Refusal, ServedOperation
from guantong_adapters.soap.wsdl.choose import unknown_name

Answer = Callable[[Verdict], web.Response]
_TRIAL = Verdict(Acceptance.REFUSED, 1, "GT000", "reason", "原因")
_PLAIN = Refusal()


class Answers:
    """The answers of one operation in *charset*, the inner documents of replies written as *texts* say. Raises `ProblemsError`, at paths below
    the operation's own."""

    def __init__(
        self, operation: CompiledOperation, told: ServedOperation, everywhere: tuple[Refusal | None, Refusal | None],
        texts: InnerTexts, charset: str,
    ) -> None:
        self._operation = operation
        self._texts = texts
        self._charset = charset
        refused, again = told.refused or everywhere[0] or _PLAIN, told.again or everywhere[1]
        self._taken = self._tried("taken", self._reply(told.taken, "taken"))
        self._refused = self._tried("refused", self._refusal(refused, "refused"))
        self._again = self._tried("again", self._refusal(again, "again")) if again is not None else _come_again(operation)

    def answer(self, verdict: Verdict) -> web.Response:
        """The answer that says *verdict*."""
        if verdict.taken:
            return self._taken(verdict)
        if verdict.again:
            return self._again(verdict)
        return self._refused(verdict)

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
            return lambda _verdict: web.Response(status=202)
        version, texts = operation.version, self._texts
        before, headers = opening(version, charset), content_type(version, charset)

        def answer(verdict: Verdict) -> web.Response:
            said = _nested(fields, verdict)
            texts.written(said)
            body = f"{before}{reply.write(said)}{CLOSING}".encode(charset)
            return WholeResponse(body=body, headers=headers)

        return answer

    def _fault(self, refusal: Refusal, at: str) -> Answer:
        operation, charset = self._operation, self._charset
        version = operation.version
        if refusal.fault is None:
            return lambda verdict: fault_answer(
                version, refusal.blame, _said(refusal.reason, verdict), detail_of({"code": verdict.code}), charset=charset)
        declared = operation.faults.get(refusal.fault)
        if declared is None:
            [problem] = [unknown_name("fault", refusal.fault, list(operation.faults))]
            raise ProblemsError([Problem(problem.code, path=f"{at}.fault", details=problem.details)])

        def answer(verdict: Verdict) -> web.Response:
            detail = declared.write(_nested(refusal.fields, verdict))
            return fault_answer(version, refusal.blame, _said(refusal.reason, verdict), detail, charset=charset)

        return answer

    def _tried(self, at: str, answer: Answer) -> Answer:
        """*answer*, once it was seen to fit. Where the words of a verdict do not (they are longer than the WSDL
        allows), a plain fault says them."""
        try:
            answer(_TRIAL)
        except Unfit as error:
            raise ProblemsError([Problem(ANSWER_UNFIT, path=at, details=error.details())]) from None

        def answered(verdict: Verdict) -> web.Response:
            try:
                return answer(verdict)
            except Unfit as error:
                problem = Problem(ANSWER_UNFIT, details=error.details())
                said = f"{_said(_PLAIN.reason, verdict)}; {problem.message('zh')} / {problem.message('en')} [{problem.code.id}]"
                detail = detail_of({"code": verdict.code or problem.code.id})
                return fault_answer(self._operation.version, "Server" if verdict.taken else "Client", said, detail)

        return answered


def _come_again(operation: CompiledOperation) -> Answer:
    return lambda verdict: fault_answer(
        operation.version, "Server", _said(_PLAIN.reason, verdict), detail_of({"code": verdict.code}), status=503)


def _said(template: str, verdict: Verdict) -> str:
    return template.format_map({
        "message": str(verdict.message), "code": verdict.code, "reason": verdict.reason,
        "reason_zh": verdict.reason_zh or verdict.reason,
    })


def _nested(texts: Mapping[str, str], verdict: Verdict) -> Fields:
    """The fields of texts by path."""
    fields: Fields = {}
    for path, template in texts.items():
        *around, name = path.split("/")
        inside = fields
        for one in around:
            inside = inside.setdefault(one, {})
            if not isinstance(inside, dict):
                raise Unfit(path, Want.OBJECT, kind_of(inside))
        inside[name] = _said(template, verdict)
    return fields
