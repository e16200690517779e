#!/bin/sh
# Weigh a release in a pipeline, and keep one comment about it on the pull or merge request.
#
# All it is told are variables: WEIGH_* below, and those the forge sets. What a branch, a file or a
# manifest is called is never run, only handed on. The exit code is that of `weighbridge check`,
# whatever becomes of the comment.
#
#   WEIGH_MANIFEST      the manifest or its folder (release.yaml)
#   WEIGH_BASE          the commit it is compared with; none, and nothing is compared
#   WEIGH_ENVIRONMENT   the environment whose gate says what would pass; it takes a registry
#   WEIGH_REGISTRY      folder of the registry
#   WEIGH_FAIL_ON       error, warning or note
#   WEIGH_BASELINE      a file of findings that were there before and do not fail it
#   WEIGH_VERSION       installs this version of weighbridge, in an environment of its own
#   WEIGH_REQUIREMENTS  installs from this file instead, in which everything has a hash
#   WEIGH_SARIF         also writes a SARIF file there
#   WEIGH_JUNIT         also writes a JUnit file there
#   WEIGH_COMMENT       false: no comment is written
#   WEIGH_NAME          what the comment is found again by (the path of the manifest)
#   WEIGH_AUTHOR        who writes it, on GitHub (github-actions[bot])
#   WEIGH_NUMBER        the number of the pull request, on GitHub
#   WEIGH_TOKEN         what the forge lets in; no other program gets to see it but curl, by a pipe
set -eu
umask 077

token=${WEIGH_TOKEN-}
unset WEIGH_TOKEN

manifest=${WEIGH_MANIFEST:-release.yaml}
base=${WEIGH_BASE:-${CI_MERGE_REQUEST_DIFF_BASE_SHA-}}
environment=${WEIGH_ENVIRONMENT-}
registry=${WEIGH_REGISTRY-}
fail_on=${WEIGH_FAIL_ON-}
baseline=${WEIGH_BASELINE-}
version=${WEIGH_VERSION-}
requirements=${WEIGH_REQUIREMENTS-}
sarif=${WEIGH_SARIF-}
junit=${WEIGH_JUNIT-}
author=${WEIGH_AUTHOR:-github-actions[bot]}
forge=none
if [ "${GITHUB_ACTIONS-}" = true ]; then forge=github; fi
if [ "${GITLAB_CI-}" = true ]; then forge=gitlab; fi
code=2

say() {
  printf 'weigh: %s\n' "$1" >&2
}

refuse() {
  say "$1"
  exit 2
}

case "$manifest$base$environment$registry$fail_on$baseline$version$requirements$sarif$junit$author" in
  *[[:cntrl:]]*) refuse 'an input has a line break or another control character' ;;
esac
case $version in *[!0-9A-Za-z.+!]*) refuse 'WEIGH_VERSION is no version' ;; esac
case $base in -* | *..* | *[!0-9A-Za-z._/~^-]*) refuse 'WEIGH_BASE is no commit' ;; esac
name=${WEIGH_NAME:-$(printf %s "$manifest" | LC_ALL=C tr -c 'A-Za-z0-9._/-' - | sed 's/^[^A-Za-z0-9]*//' | cut -c 1-100)}
case ${name:=release} in
  [!A-Za-z0-9]* | *[!A-Za-z0-9._/-]*) refuse 'WEIGH_NAME is of letters, digits and ._/- alone' ;;
esac
marker="<!-- weighbridge:$name -->"
case $manifest in /*) reference=$manifest ;; *) reference=./$manifest ;; esac
# A folder without a manifest can be weighed, too; a pipeline is to miss the manifest instead.
if [ -d "$reference" ]; then reference=${reference%/}/release.yaml; fi

work=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/weigh.XXXXXXXX")
clean_up() {
  if [ -e "$work/base" ]; then git worktree remove --force "$work/base" >/dev/null 2>&1 || :; fi
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' HUP INT TERM

# Without -I, Python would take modules of the checkout for its own.
install() {
  program=weighbridge
  if [ -z "$version$requirements" ]; then
    command -v weighbridge >/dev/null && return 0
    say 'weighbridge is not installed: say which version'
    return 1
  fi
  program=$work/venv/bin/weighbridge
  python3 -I -m venv "$work/venv" || return 1
  set -- --quiet --disable-pip-version-check
  if [ -n "$requirements" ]; then
    set -- "$@" --require-hashes "--requirement=$requirements"
  else
    set -- "$@" "weighbridge==$version"
  fi
  "$work/venv/bin/python" -I -m pip install "$@" || return 1
  if [ -n "$requirements" ] && [ -n "$version" ]; then
    [ "$("$program" --version)" = "weighbridge $version" ] || return 1
  fi
}

# Check out what it is compared with beside the work: no hook runs, no large file is fetched.
check_out_base() {
  against=
  if [ -z "$base" ]; then return 0; fi
  if ! commit=$(git rev-parse --verify --quiet "$base^{commit}"); then
    set -- --quiet --no-tags
    if [ "$(git rev-parse --is-shallow-repository)" = true ]; then set -- "$@" --depth=1; fi
    git -c core.hooksPath=/dev/null fetch "$@" origin "$base" </dev/null || return 1
    commit=$(git rev-parse --verify --quiet 'FETCH_HEAD^{commit}') || return 1
  fi
  GIT_LFS_SKIP_SMUDGE=1 git -c core.hooksPath=/dev/null worktree add --quiet --detach \
    "$work/base" "$commit" || return 1
  there=$work/base/$(git rev-parse --show-prefix)$manifest
  if [ -e "$there" ]; then against=$there; else say 'there was no such manifest before'; fi
}

weigh() {
  format=$1
  shift
  "$program" check --no-progress --color=never "--output-format=$format" \
    ${registry:+"--registry=$registry"} ${fail_on:+"--fail-on=$fail_on"} \
    ${baseline:+"--baseline=$baseline"} \
    ${environment:+"--for-env=$environment"} "$@" -- "$reference"
}

# What programs say is no command to GitHub's runner, which looks for those in all that is printed;
# on one stream with the annotations, so that none of them falls between the marks.
show() {
  if [ "$forge" = github ]; then
    stop=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    printf '::stop-commands::%s\n' "$stop"
    cat "$1"
    printf '\n::%s::\n' "$stop"
  else
    cat "$1" >&2
  fi
}

keep() {
  [ ! -e "$1" ] || mv -- "$1" "$2" || say 'a report could not be put where it was to go'
}

write_instead() {
  printf '%s\n\n### weighbridge\n\n**not weighed**: it ended with exit code %s, and the log of the job says why\n' \
    "$marker" "$code" >"$work/comment"
}

# request METHOD URL [FILE]: ask the forge; its answer is in $work/answer, and its code in $status.
request() {
  method=$1
  url=$2
  body=${3-}
  rm -f "$work/answer"
  set -- --silent --max-time 30 --max-filesize 20000000 --proto '=https,http'
  set -- "$@" --request "$method" --output "$work/answer" --write-out '%{http_code}'
  if [ -n "$body" ]; then
    set -- "$@" --header 'Content-Type: application/json' --data-binary "@$body"
  fi
  status=$(printf 'header = "%s%s"\n' "$credential" "$token" |
    curl --disable --config - "$@" -- "$url" 2>/dev/null) || status=000
}

explain() {
  case $status in
    000) say "the comment is not written: the forge does not answer" ;;
    401 | 403) say "the comment is not written: the token may not do that ($status); one of a fork never may" ;;
    404) say "the comment is not written: the forge knows no such request, or hides it from the token (404)" ;;
    *) say "the comment is not written: the forge answered $status" ;;
  esac
}

# Of the comments in an answer: how many there are, and which is ours: by its first line and author.
find_own='
import json, sys
path, marker, author = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    comments = json.load(file)
own = ""
for comment in comments:
    who = comment.get("user") or comment.get("author") or {}
    first = str(comment.get("body") or "").splitlines()[:1]
    if author in (who.get("login"), "id:%s" % who.get("id")) and first == [marker]:
        own = int(comment["id"])
        break
print(len(comments), own)
'
read_author='
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    answer = json.load(file)
print("id:%d" % answer["id"] if sys.argv[2] == "id" else answer["user"]["login"])
'
write_body='
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    text = file.read()
with open(sys.argv[2], "w", encoding="ascii") as file:
    json.dump({"body": text}, file)
'

# put_comment LIST ITEM UPDATE: look through all pages at LIST; change ours below ITEM, or add one.
put_comment() {
  list=$1
  item=$2
  update=$3
  python3 -I -c "$write_body" "$work/comment" "$work/body"
  own=
  page=1
  while [ -z "$own" ]; do
    if [ "$page" -gt 100 ]; then
      say 'the comment is not written: there are too many others'
      return 0
    fi
    request GET "$list?per_page=100&page=$page"
    if [ "$status" != 200 ]; then
      explain
      return 0
    fi
    found=$(python3 -I -c "$find_own" "$work/answer" "$marker" "$author" 2>/dev/null) || found=none
    case $found in
      none)
        say 'the comment is not written: the forge answered what is no list of comments'
        return 0
        ;;
      '0 ') break ;;
      *) own=${found#* } ;;
    esac
    page=$((page + 1))
  done
  if [ -n "$own" ]; then
    request "$update" "$item/$own" "$work/body"
  else
    request POST "$list" "$work/body"
  fi
  case $status in 200 | 201) ;; *)
    explain
    return 0
    ;;
  esac
  if [ -n "$own" ]; then say 'the comment is brought up to date'; else say 'the comment is written'; fi
}

comment_on_github() {
  number=${WEIGH_NUMBER-}
  case $number in '' | *[!0-9]*)
    say 'no comment is written: this is no pull request'
    return 0
    ;;
  esac
  case ${GITHUB_REPOSITORY-} in */*/* | *[!A-Za-z0-9._/-]* | '')
    say 'no comment is written: GITHUB_REPOSITORY is no name of a repository'
    return 0
    ;;
  esac
  api=${GITHUB_API_URL:-https://api.github.com}
  may_ask || return 0
  credential='Authorization: Bearer '
  issues=$api/repos/$GITHUB_REPOSITORY/issues
  put_comment "$issues/$number/comments" "$issues/comments" PATCH
  if [ "$status" = 201 ]; then
    wrote=$(python3 -I -c "$read_author" "$work/answer" login 2>/dev/null) || wrote=
    [ "$wrote" = "$author" ] || say 'it is not of WEIGH_AUTHOR (comment-author): it will not be found again'
  fi
}

comment_on_gitlab() {
  project=${CI_MERGE_REQUEST_PROJECT_ID-}
  number=${CI_MERGE_REQUEST_IID-}
  case "$project:$number" in :* | *: | *[!0-9:]*)
    say 'no comment is written: this is no merge request'
    return 0
    ;;
  esac
  api=${CI_API_V4_URL-}
  may_ask || return 0
  credential='PRIVATE-TOKEN: '
  request GET "$api/user"
  if [ "$status" != 200 ]; then
    explain
    return 0
  fi
  author=$(python3 -I -c "$read_author" "$work/answer" id 2>/dev/null) || {
    say 'the comment is not written: the forge does not say whose token this is'
    return 0
  }
  notes=$api/projects/$project/merge_requests/$number/notes
  put_comment "$notes" "$notes" PUT
}

may_ask() {
  case $token in
    '')
      say 'no comment is written: there is no token'
      return 1
      ;;
    *[!A-Za-z0-9_.~+/=-]*)
      say 'no comment is written: what should be a token is none'
      return 1
      ;;
  esac
  case $api in
    https://* | http://127.0.0.1:*) ;;
    *)
      say 'no comment is written: a token is sent by https alone'
      return 1
      ;;
  esac
}

if install >"$work/said" 2>&1; then
  check_out_base >>"$work/said" 2>&1 || say 'what changed is not told: the base is not to be had'
  case $forge in github) format=github ;; *) format=text ;; esac
  code=0
  weigh "$format" "--comment=$work/comment" "--comment-name=$name" \
    ${against:+"--against=$against"} >"$work/result" 2>>"$work/said" || code=$?
  show "$work/said"
  cat "$work/result"
  for kind in sarif junit; do
    case $kind in sarif) file=$sarif ;; *) file=$junit ;; esac
    if [ -n "$file" ]; then weigh "$kind" "--output=$work/$kind" >/dev/null 2>&1 || :; fi
  done
  # All were made before one is put where the next weighing would have found it.
  keep "$work/sarif" "$sarif"
  keep "$work/junit" "$junit"
else
  show "$work/said"
  say 'weighbridge could not be installed as it was asked for'
fi
[ -s "$work/comment" ] || write_instead

if [ -n "${GITHUB_STEP_SUMMARY-}" ]; then cat "$work/comment" >>"$GITHUB_STEP_SUMMARY" || :; fi
if [ -n "${GITHUB_OUTPUT-}" ]; then
  printf 'exit-code=%s\nsarif=%s\n' "$code" "$sarif" >>"$GITHUB_OUTPUT" || :
fi
if [ "${WEIGH_COMMENT:-true}" = true ]; then
  status=
  case $forge in
    github) comment_on_github || say 'the comment could not be written' ;;
    gitlab) comment_on_gitlab || say 'the comment could not be written' ;;
    *) say 'no comment is written: this is neither GitHub nor GitLab' ;;
  esac
fi
exit "$code"
