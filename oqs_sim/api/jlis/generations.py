"""The two authorities: their generations, and their revocation lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Path, Query, Response

from oqs_sim.api.line import rendered
from oqs_sim.jlis.generations import (
    all_generations,
    begin_generation,
    find_generation,
)
from oqs_sim.jlis.revocation_list import point_of, revocation_list
from wire.catalogue import Catalogue
from wire.serving.problem_http import problem_responses
from wire.vocabulary.jlis import (
    AuthorityGeneration,
    AuthorityGenerations,
    CertificatePurpose,
)
from wire.vocabulary.texts import Line

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from oqs_sim.api.jlis.needs import NeedsJlis
    from oqs_sim.jlis.generations import Generation
    from oqs_sim.timekeeping import Timekeeper
    from wire.serving.access import Routes

_PEM: dict[int | str, dict[str, Any]] = {200: {"content": {"application/x-pem-file": {}}}}
_CRL: dict[int | str, dict[str, Any]] = {200: {"content": {"application/pkix-crl": {}}}}
Number = Annotated[int, Path(ge=1, le=10_000)]
"""Of a generation, from 1."""
Of = Annotated[int | None, Query(alias="Generation", ge=1, le=10_000)]
"""The newest one when absent."""
Point = Annotated[Line, Query(alias="DistributionPoint")]


def _told(one: Generation) -> AuthorityGeneration:
    certificate = one.authority.certificate
    return AuthorityGeneration(
        generation=one.number,
        key_identifier=one.authority.key_identifier.hex(),
        serial=certificate.serial_number,
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
    )


def router(engine: Engine, time: Timekeeper, needs: NeedsJlis) -> Routes:
    """Return the routes of the authorities; none answers while J-LIS is out."""
    routes = needs.routes()

    def listed(one: Generation) -> Response:
        found = revocation_list(engine, one.authority, time.now())
        return Response(found, media_type="application/pkix-crl")

    # All of these run in a thread: a key may have to be made.

    @routes.get(
        "/authorities/{purpose}/generations",
        summary="世代: list the generations of an authority, the oldest first",
        response_model=AuthorityGenerations,
    )
    def list_generations(purpose: CertificatePurpose) -> Response:
        """All of them have one name; a certificate names its issuer by the key identifier."""
        found = all_generations(engine, purpose, time.now())
        return rendered(AuthorityGenerations(generations=tuple(map(_told, found))))

    @routes.post(
        "/authorities/{purpose}/generations",
        summary="世代交代: begin a new generation, which issues from now on",
        status_code=201,
        response_model=AuthorityGeneration,
    )
    def add_generation(purpose: CertificatePurpose) -> Response:
        """Certificates of earlier ones stay valid under them."""
        return rendered(_told(begin_generation(engine, purpose, time.now())), 201)

    @routes.get(
        "/authorities/{purpose}/generations/{number}/certificate",
        summary="Get the certificate of a generation (PEM)",
        response_class=Response,
        responses={**_PEM, **problem_responses(Catalogue.NOT_FOUND)},
    )
    def show_generation(purpose: CertificatePurpose, number: Number) -> Response:
        found = find_generation(engine, purpose, number, time.now())
        return Response(found.authority.pem, media_type="application/x-pem-file")

    @routes.get(
        "/authorities/{purpose}/generations/{number}/crl",
        summary="失効リスト: get the revocation list of a generation (DER)",
        response_class=Response,
        responses={**_CRL, **problem_responses(Catalogue.NOT_FOUND)},
    )
    def show_list_of_generation(purpose: CertificatePurpose, number: Number) -> Response:
        return listed(find_generation(engine, purpose, number, time.now()))

    @routes.get(
        "/authorities/{purpose}/certificate",
        summary="Get the certificate of an authority's newest generation (PEM)",
        response_class=Response,
        responses=_PEM,
    )
    def show_authority(purpose: CertificatePurpose) -> Response:
        newest = find_generation(engine, purpose, None, time.now())
        return Response(newest.authority.pem, media_type="application/x-pem-file")

    @routes.get(
        "/authorities/{purpose}/crl",
        summary="失効リスト: get the revocation list of an authority's newest generation (DER)",
        response_class=Response,
        responses=_CRL,
    )
    def show_revocation_list(purpose: CertificatePurpose) -> Response:
        return listed(find_generation(engine, purpose, None, time.now()))

    @routes.get(
        "/crls",
        summary="失効リスト: get the list at a distribution point, by its directory name (DER)",
        response_class=Response,
        responses={
            **_CRL,
            **problem_responses(Catalogue.NOT_FOUND, Catalogue.INVALID_REQUEST),
        },
    )
    def show_list_at_point(point: Point, generation: Of = None) -> Response:
        """Take the name as in RFC 4514, e.g. ``CN=Mogi-shi CRLDP,OU=Mogi-ken,…,C=JP``."""
        now = time.now()
        newest = {
            purpose: find_generation(engine, purpose, None, now) for purpose in CertificatePurpose
        }
        names = {purpose: one.authority.certificate.subject for purpose, one in newest.items()}
        purpose, where = point_of(point, names)
        of = newest[purpose]
        if generation is not None:
            of = find_generation(engine, purpose, generation, now)
        found = revocation_list(engine, of.authority, now, where)
        return Response(found, media_type="application/pkix-crl")

    return routes
