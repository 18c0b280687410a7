"""The server of club.yaml, on FastAPI. It checks credentials and bodies by itself and trusts nothing that it did not issue."""

import base64
import datetime
import hashlib
import secrets
import sys
from typing import Annotated

import uvicorn
from fastapi import FastAPI, Form, Header, HTTPException, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict

CLIENT, SECRET = "club-app", "s3cret:with ü"
REDIRECT = "http://127.0.0.1:9/callback"

app = FastAPI()
codes, access, refresh, spent = {}, {}, {}, set()
members = []


@app.get("/authorize")
def authorize(response_type: str, client_id: str, redirect_uri: str, state: str, code_challenge: str, code_challenge_method: str, scope: str):
    if (response_type, client_id, redirect_uri, code_challenge_method) != ("code", CLIENT, REDIRECT, "S256"):
        raise HTTPException(400, "not this client")
    if len(state) < 16 or len(code_challenge) != 43:
        raise HTTPException(400, "a state or challenge that can be guessed")
    code = secrets.token_urlsafe()
    codes[code] = (code_challenge, scope.split())
    return RedirectResponse(f"{REDIRECT}?code={code}&state={state}", 302)


def refused(error, status=400):
    return JSONResponse({"error": error}, status)


def issued(scopes):
    token, renewal = secrets.token_urlsafe(), secrets.token_urlsafe()
    access[token], refresh[renewal] = scopes, scopes
    body = {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "refresh_token": renewal, "scope": " ".join(scopes)}
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


@app.post("/token")
def token(
    grant_type: Annotated[str, Form()],
    authorization: Annotated[str, Header()] = "",
    code: Annotated[str, Form()] = "",
    code_verifier: Annotated[str, Form()] = "",
    redirect_uri: Annotated[str, Form()] = "",
    refresh_token: Annotated[str, Form()] = "",
):
    kind, _, pair = authorization.partition(" ")
    # RFC 6749, section 2.3.1: both are encoded as a form before they are a pair.
    from urllib.parse import unquote_plus

    client = [unquote_plus(part) for part in base64.b64decode(pair).decode().split(":")] if kind == "Basic" else []
    if client != [CLIENT, SECRET]:
        return refused("invalid_client", 401)
    if grant_type == "authorization_code":
        challenge, scopes = codes.pop(code, (None, None))
        found = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).rstrip(b"=").decode()
        if challenge is None or challenge != found or redirect_uri != REDIRECT:
            return refused("invalid_grant")
        return issued(scopes)
    if grant_type == "refresh_token":
        if refresh_token in spent:
            access.clear()
            refresh.clear()
        scopes = refresh.pop(refresh_token, None)
        if scopes is None:
            return refused("invalid_grant")
        spent.add(refresh_token)
        return issued(scopes)
    return refused("unsupported_grant_type")


def checked(authorization, scope):
    kind, _, token = authorization.partition(" ")
    scopes = access.get(token) if kind == "Bearer" else None
    if scopes is None:
        raise HTTPException(401, "who?", {"WWW-Authenticate": 'Bearer error="invalid_token"'})
    if scope not in scopes:
        raise HTTPException(403, "not you", {"WWW-Authenticate": 'Bearer error="insufficient_scope"'})


class NewMember(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    name: str
    born: str | None = None
    tags: list[str] | None = None


@app.get("/members")
def list_members(limit: int = 100, authorization: Annotated[str, Header()] = ""):
    checked(authorization, "members.read")
    return members[:limit]


@app.post("/members", status_code=201)
def add_member(new: NewMember, authorization: Annotated[str, Header()] = ""):
    checked(authorization, "members.write")
    if new.born is not None:
        datetime.date.fromisoformat(new.born)
    if any(member["name"] == new.name for member in members):
        return JSONResponse({"taken": new.name}, 409)
    # What was sent and what was not is told apart.
    member = {"id": len(members) + 1, **new.model_dump(exclude_unset=True)}
    members.append(member)
    return member


@app.post("/test/expire", status_code=204)
def expire():
    """The test ends all access tokens; refresh tokens live on."""
    access.clear()
    return Response(status_code=204)


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
